/** @module Reads that decide: by the leader, and never older than what this repo saw lately. */

import { downloadOf, type Entry } from "./nats-entry.ts";
import type { NatsPatience } from "./nats-patience.ts";
import type { RecentSequences } from "./nats-recent.ts";
import type { RecordStream } from "./nats-record-stream.ts";
import type { Stored } from "./repo.ts";

const STALE = "its answers are older than what is known: a leader that has lost its majority";

/** Errors of both: `unavailable`, `closed`, `store-corrupt`, `store-unusable`. */
export class NatsReads {
  readonly #patience: NatsPatience;
  readonly #recent: RecentSequences;

  constructor(options: { patience: NatsPatience; recent: RecentSequences }) {
    this.#patience = options.patience;
    this.#recent = options.recent;
  }

  async fetch(stream: RecordStream, key: string): Promise<Stored | null> {
    const wait = this.#patience.begin(stream);
    for (;;) {
      const found = await this.#patience.ask(stream, () => stream.last(key), wait);
      if (!this.#recent.contradicts(key, found?.sequence ?? 0)) {
        if (found !== null) this.#saw(found);
        return storedOf(stream, found);
      }
      await wait.pause(STALE);
    }
  }

  /** The records whose keys begin with the prefix, which is a user's. */
  async list(stream: RecordStream, prefix: string): Promise<Stored[]> {
    const wait = this.#patience.begin(stream);
    for (;;) {
      const found = new Map<string, Entry>();
      // What changes meanwhile gets a higher sequence and is met again, so nothing is overlooked.
      for (let at = 1; ; ) {
        const entry = await this.#patience.ask(stream, () => stream.next(at, `${prefix}*`), wait);
        if (entry === null) break;
        found.set(entry.key!, entry);
        at = entry.sequence + 1;
      }
      if (!this.#contradicts(found, prefix)) {
        for (const entry of found.values()) this.#saw(entry);
        return [...found.values()]
          .map((entry) => storedOf(stream, entry))
          .filter((stored) => stored !== null);
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

function storedOf(stream: RecordStream, entry: Entry | null): Stored | null {
  if (entry === null || entry.key === null || entry.text === null) return null;
  const { key, sequence, text } = entry;
  return { key, version: stream.versionOf(sequence), download: downloadOf(key, text) };
}
