/** @module Authoritative reads: from the leader, and never older than what this repo saw recently. */

import type { Stored } from "../../../ports/repo.ts";
import { listed, storedOf } from "../../../ports/stored-text.ts";
import type { RecentSequences } from "./recent-writes.ts";
import type { Entry } from "./record-entry.ts";
import type { RecordPatience } from "./record-patience.ts";
import type { RecordStream } from "./record-stream.ts";

const STALE = "the stream leader returns stale data; it has probably lost its majority";

/** Errors of both: `unavailable`, `closed`, `store-unusable`. */
export class NatsReads {
  readonly #patience: RecordPatience;
  readonly #recent: RecentSequences;

  constructor(options: { patience: RecordPatience; recent: RecentSequences }) {
    this.#patience = options.patience;
    this.#recent = options.recent;
  }

  async fetch(stream: RecordStream, key: string): Promise<Stored | null> {
    const wait = this.#patience.begin(stream);
    for (;;) {
      const found = await this.#patience.ask(stream, () => stream.last(key), wait);
      if (!this.#recent.contradicts(key, found?.sequence ?? 0)) {
        if (found !== null) this.#saw(found);
        return found === null || found.text === null
          ? null
          : storedOf(key, stream.versionOf(found.sequence), found.text);
      }
      await wait.pause(STALE);
    }
  }

  /** The records whose keys begin with the prefix, which is a user's. */
  async list(stream: RecordStream, prefix: string): Promise<Stored[]> {
    const wait = this.#patience.begin(stream);
    for (;;) {
      const found = new Map<string, Entry>();
      // Concurrent changes get a higher sequence and are read again, so nothing is missed.
      for (let at = 1; ; ) {
        const entry = await this.#patience.ask(stream, () => stream.next(at, `${prefix}*`), wait);
        if (entry === null) break;
        found.set(entry.key!, entry);
        at = entry.sequence + 1;
      }
      if (!this.#contradicts(found, prefix)) {
        for (const entry of found.values()) this.#saw(entry);
        return listed(recordsOf(stream, found.values()));
      }
      await wait.pause(STALE);
    }
  }

  #contradicts(found: ReadonlyMap<string, Entry>, prefix: string): boolean {
    const keys = [...found.keys(), ...this.#recent.keysOf(prefix)];
    return keys.some((key) => this.#recent.contradicts(key, found.get(key)?.sequence ?? 0));
  }

  #saw({ key, sequence, text }: Entry): void {
    this.#recent.see(key!, sequence, text === null);
  }
}

function* recordsOf(stream: RecordStream, entries: Iterable<Entry>) {
  for (const { key, sequence, text } of entries) {
    if (key !== null && text !== null) yield { key, version: stream.versionOf(sequence), text };
  }
}
