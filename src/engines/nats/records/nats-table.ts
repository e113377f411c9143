/** @module Texts by key on NATS: one part of the records, spread over streams by their users. */

import type { Clock } from "../../../ports/clock.ts";
import type { Version } from "../../../ports/repo.ts";
import type { KeyedText } from "../../../ports/stored-text.ts";
import { NOTHING_RECENT, RecentSequences, type RecentWrites } from "./recent-writes.ts";
import type { Entry } from "./record-entry.ts";
import type { RecordPatience } from "./record-patience.ts";
import { NatsReads } from "./record-reads.ts";
import type { RecordStream } from "./record-stream.ts";
import { isKey, streamIndexOf } from "./record-subjects.ts";
import { NatsWrites } from "./record-writes.ts";

export interface NatsTableOptions {
  streams: readonly RecordStream[];
  clock: Clock;
  patience: RecordPatience;
  /** Throws when the repo is closed. */
  checkOpen: () => void;
  /** True for a text that an insert may overwrite. */
  isDamaged: (key: string, text: string) => boolean;
  /** Whether removals leave a message: without one, reads can't detect a deposed leader. Default true. */
  leavesRemovals?: boolean;
}

/** Every call sees what was acknowledged before it. Errors of all: `unavailable`, `closed`, `store-unusable`. */
export class NatsTable {
  readonly streams: readonly RecordStream[];
  readonly recent: RecentWrites;
  readonly #options: NatsTableOptions;
  readonly #reads: NatsReads;
  readonly #writes: NatsWrites;

  constructor(options: NatsTableOptions) {
    const { clock, leavesRemovals = true } = options;
    this.#options = options;
    this.streams = options.streams;
    this.recent = leavesRemovals ? new RecentSequences(clock) : NOTHING_RECENT;
    this.#reads = new NatsReads({ ...options, recent: this.recent });
    this.#writes = new NatsWrites({ ...options, recent: this.recent });
  }

  /** The stream of this key, or of the user whose keys have this prefix. */
  streamOf(key: string): RecordStream {
    return this.streams[streamIndexOf(key, this.streams.length)]!;
  }

  /** Undefined also for an invalid key. */
  async get(key: string): Promise<KeyedText | undefined> {
    this.#options.checkOpen();
    if (!isKey(key)) return undefined;
    const stream = this.streamOf(key);
    return keyedTexts(stream, [await this.#reads.fetch(stream, key)])[0];
  }

  /** The same for a part without a feed: absence is only trusted if the leader has a majority. */
  async getSurely(key: string): Promise<KeyedText | undefined> {
    const found = await this.get(key);
    if (found !== undefined || !isKey(key)) return found;
    const isThere = await this.#reads.isThere(this.streamOf(key), key);
    return isThere ? this.get(key) : undefined;
  }

  /** All texts whose keys have a user's prefix. `isLarge`: for a part that holds far more than the user's texts. */
  async ofUser(prefix: string, { isLarge = false } = {}): Promise<KeyedText[]> {
    this.#options.checkOpen();
    const stream = this.streamOf(prefix);
    const entries = isLarge ? this.#reads.listNamed(stream, prefix) : this.#reads.list(stream, prefix);
    return keyedTexts(stream, await entries);
  }

  /** See `Horizon`: no write to this stream that was acknowledged before the call has a higher sequence. */
  async horizon(stream: RecordStream): Promise<number> {
    const { patience } = this.#options;
    return await stream.horizon.reach(() =>
      patience.ask(stream, async () => (await stream.lastOfAll())?.sequence ?? 0),
    );
  }

  /** The number of texts whose keys have a user's prefix, and of removals that were not swept yet. */
  async countOf(prefix: string): Promise<number> {
    this.#options.checkOpen();
    return await this.#reads.count(this.streamOf(prefix), prefix);
  }

  /** Writes if the key has no text, or a damaged one: the version, or null. */
  async insert(key: string, text: string): Promise<Version | null> {
    this.#options.checkOpen();
    if (!isKey(key)) return null;
    const stream = this.streamOf(key);
    return versionOrNull(stream, await this.#writes.insert(stream, key, text));
  }

  /** Writes, or removes for null, if this is the key's version: the new one, that of the removal, or null. */
  async replace(key: string, text: string | null, version: Version): Promise<Version | null> {
    this.#options.checkOpen();
    if (!isKey(key)) return null;
    const stream = this.streamOf(key);
    const expected = stream.sequenceOf(version);
    if (expected === null) return null;
    const sequence = await this.#writes.replace(stream, key, text, expected);
    return sequence === null ? null : stream.versionOf(sequence, text === null);
  }

  /** Writes if the key has neither a text nor a removal: null when done, else `there` is the text, or null if removed. */
  async create(key: string, text: string): Promise<{ there: string | null } | null> {
    this.#options.checkOpen();
    const outcome = await this.#writes.create(this.streamOf(key), key, text);
    return "sequence" in outcome ? null : { there: outcome.there.text };
  }

  /** Removes the key's text, and returns it, or null. `again`: writes a removal even if the key already has one. */
  async bury(key: string, options: { again: boolean }): Promise<string | null> {
    this.#options.checkOpen();
    if (!isKey(key)) return null;
    return (await this.#writes.bury(this.streamOf(key), key, options))?.text ?? null;
  }
}

/** Without removed ones. */
export function keyedTexts(
  stream: Pick<RecordStream, "versionOf">,
  entries: Iterable<Entry | null>,
): KeyedText[] {
  const texts: KeyedText[] = [];
  for (const entry of entries) {
    if (entry === null || entry.key === null || entry.text === null) continue;
    texts.push({ key: entry.key, version: stream.versionOf(entry.sequence), text: entry.text });
  }
  return texts;
}

function versionOrNull(stream: RecordStream, sequence: number | null): Version | null {
  return sequence === null ? null : stream.versionOf(sequence);
}
