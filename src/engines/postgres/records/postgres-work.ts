/** @module The work on downloads in PostgreSQL: marks and saved states, each in a table of narrow rows. */

import { userPrefix } from "../../../download/key.ts";
import type { Mark, Saved } from "../../../download/work.ts";
import { encodeMark, encodeSaved } from "../../../download/work-codec.ts";
import type { Version } from "../../../ports/repo.ts";
import { marksOf, workOf } from "../../../ports/stored-text.ts";
import type { StoredMark, StoredWork, Work, WorkEvent } from "../../../ports/work.ts";
import type { MarkFeed } from "../feed/mark-feed.ts";
import type { Burials } from "./burials.ts";
import type { RecordTable } from "./record-table.ts";

export interface PostgresWorkOptions {
  marks: RecordTable;
  saved: RecordTable;
  burials: Burials;
  feed: MarkFeed;
  /** The keys of all marks and saved states. */
  keys(): Promise<string[]>;
}

export class PostgresWork implements Work {
  readonly #options: PostgresWorkOptions;
  /** The last version that this node wrote, of each mark: the next write to it is a tick of its own, and can wait. */
  readonly #own = new Map<string, Version>();

  constructor(options: PostgresWorkOptions) {
    this.#options = options;
  }

  async fetch(key: string): Promise<StoredWork> {
    const { marks, saved } = this.#options;
    const [mark, state] = await Promise.all([marks.get(key), saved.get(key)]);
    return workOf(key, mark, state);
  }

  async list(user: string): Promise<StoredMark[]> {
    return marksOf(await this.#options.marks.ofPrefix(userPrefix(user)));
  }

  keys(): Promise<string[]> {
    return this.#options.keys();
  }

  async advance(key: string, mark: Mark, version: Version | null): Promise<Version | null> {
    const { marks } = this.#options;
    const text = encodeMark(mark);
    const isUrgent = version === null || this.#own.get(key) !== version;
    const written =
      version === null
        ? await marks.insert(key, text)
        : await marks.replace(key, text, version, { isUrgent });
    if (written === null) this.#own.delete(key);
    else this.#own.set(key, written);
    return written;
  }

  async save(key: string, saved: Saved, version: Version | null): Promise<Version | null> {
    const text = encodeSaved(saved);
    const { saved: table } = this.#options;
    return await (version === null ? table.insert(key, text) : table.replace(key, text, version));
  }

  async remove(key: string): Promise<void> {
    this.forget(key);
    await this.#options.burials.bury(key);
  }

  watch(user: string | null, signal: AbortSignal): AsyncIterable<WorkEvent> {
    return this.#options.feed.watch(user, signal);
  }

  /** The work on this download is over. */
  forget(key: string): void {
    this.#own.delete(key);
  }
}
