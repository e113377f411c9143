/** @module Authoritative reads: from the leader, and never older than what this repo saw recently. */

import type { RecentWrites } from "./recent-writes.ts";
import type { Entry } from "./record-entry.ts";
import type { RecordPatience, RecordWait } from "./record-patience.ts";
import { entriesAfter } from "./record-scan.ts";
import type { RecordStream } from "./record-stream.ts";

const STALE = "the stream leader returns stale data; it has probably lost its majority";
/** Number of keys requested at the same time. */
const AT_ONCE = 50;

/** Errors of all: `unavailable`, `closed`, `store-unusable`. */
export class NatsReads {
  readonly #patience: RecordPatience;
  readonly #recent: RecentWrites;

  constructor(options: { patience: RecordPatience; recent: RecentWrites }) {
    this.#patience = options.patience;
    this.#recent = options.recent;
  }

  /** The last entry of a key, which may be a removal. */
  async fetch(stream: RecordStream, key: string): Promise<Entry | null> {
    const wait = this.#patience.begin(stream);
    for (;;) {
      const found = await this.#patience.ask(stream, () => stream.last(key), wait);
      if (!this.#recent.contradicts(key, found?.sequence ?? 0)) {
        if (found !== null) this.#saw(found);
        return found;
      }
      await wait.pause(STALE);
    }
  }

  /** Whether the stream has a message of this key, even a removal. */
  async isThere(stream: RecordStream, key: string): Promise<boolean> {
    return (await this.#patience.ask(stream, () => stream.holds(key))).isThere;
  }

  /** The last entries of all keys with this prefix, which is that of a user. */
  list(stream: RecordStream, prefix: string): Promise<Entry[]> {
    return this.#consistent(stream, prefix, async (wait) => {
      const found = new Map<string, Entry>();
      const ask = <Answer>(question: () => Promise<Answer>) => this.#patience.ask(stream, question, wait);
      for await (const entries of entriesAfter(stream, 0, `${prefix}*`, ask)) {
        for (const entry of entries) found.set(entry.key!, entry);
      }
      return found;
    });
  }

  /** The same for a stream so large that scanning it costs more than requesting each key. */
  listNamed(stream: RecordStream, prefix: string): Promise<Entry[]> {
    return this.#consistent(stream, prefix, async (wait) => {
      const found = new Map<string, Entry>();
      const keys = await this.#patience.ask(stream, () => stream.names(`${prefix}*`), wait);
      for (let at = 0; at < keys.length; at += AT_ONCE) {
        const reads = keys
          .slice(at, at + AT_ONCE)
          .map((key) => this.#patience.ask(stream, () => stream.last(key), wait));
        for (const entry of await Promise.all(reads)) {
          // Removed since, or the server does not have it yet: another read settles both.
          if (entry === null) return null;
          found.set(entry.key!, entry);
        }
      }
      return found;
    });
  }

  /** The number of keys with this prefix, including removed ones. */
  async count(stream: RecordStream, prefix: string): Promise<number> {
    return (await this.#patience.ask(stream, () => stream.names(`${prefix}*`))).length;
  }

  async #consistent(
    stream: RecordStream,
    prefix: string,
    read: (wait: RecordWait) => Promise<Map<string, Entry> | null>,
  ): Promise<Entry[]> {
    const wait = this.#patience.begin(stream);
    for (;;) {
      const found = await read(wait);
      if (found !== null && !this.#contradicts(found, prefix)) {
        for (const entry of found.values()) this.#saw(entry);
        return [...found.values()];
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
