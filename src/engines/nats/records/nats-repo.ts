/** @module Records in JetStream streams that all machines of a cluster share, replicated by NATS. */

import { encodeDownload } from "../../../download/codec.ts";
import type { Download } from "../../../download/download.ts";
import { keyOf, userPrefix } from "../../../download/key.ts";
import { CarryoutError } from "../../../errors.ts";
import type { Cancel, Clock } from "../../../ports/clock.ts";
import type { Repo, SlotEvent, Stored, Version } from "../../../ports/repo.ts";
import { jittered } from "../../../ports/retry.ts";
import { isDamaged } from "../../../ports/stored-text.ts";
import type { Log } from "../../../telemetry/log.ts";
import type { NatsLink } from "../jetstream/connection.ts";
import type { Layout } from "../jetstream/layout.ts";
import { RecentSequences } from "./recent-writes.ts";
import { watchRecords } from "./record-feed.ts";
import { RecordPatience } from "./record-patience.ts";
import { NatsReads } from "./record-reads.ts";
import { openRecordStream, type RecordStream } from "./record-stream.ts";
import { isSlotKey, streamIndexOf } from "./record-subjects.ts";
import { NatsWrites } from "./record-writes.ts";
import { lastSweptAt, sweepStream } from "./tombstones.ts";

export interface NatsRepoOptions {
  /** Left open by `close`. */
  link: NatsLink;
  layout: Layout;
  clock: Clock;
  log: Log;
  /** What a removal leaves is kept for this long, milliseconds; watchers that sleep longer start over. Default an hour. */
  tombstoneAgeMs?: number | undefined;
  /** Whether it sweeps by itself. Default true; false for an observer, and must write nothing. */
  sweeps?: boolean | undefined;
}

const DEFAULT_TOMBSTONE_AGE_MS = 3_600_000;
/** About: every node looks, and one of them finds that it is time. */
const SWEEP_EVERY_MS = 600_000;

/** Whether a stream of records answers. */
export interface StreamHealth {
  stream: string;
  /** For how long its leader has owed an answer, milliseconds: 0 when it answered what it was asked last. */
  silentMs: number;
}

/** Opens a repo over the streams that `prepareStreams` made. Asks nothing of the servers yet. */
export async function openNatsRepo(options: NatsRepoOptions): Promise<NatsRepo> {
  const { recordStreams } = options.layout;
  const streams = Array.from({ length: recordStreams }, (_, index) => openRecordStream(options, index));
  return new NatsRepo(await Promise.all(streams), options);
}

/**
 * While a stream has no leader, which takes 4 to 9 s when a server dies, calls for its users wait, at most 10 s;
 * 3 s when it has had none for long, or no server can be reached at all. Reads are the leader's. In a partition a
 * leader that has lost its majority may answer for another 10 s: it can't write, and is not believed where this repo
 * has seen more. Made by `openNatsRepo`.
 */
export class NatsRepo implements Repo {
  readonly #options: NatsRepoOptions;
  readonly #streams: readonly RecordStream[];
  readonly #recent: RecentSequences;
  readonly #patience: RecordPatience;
  readonly #reads: NatsReads;
  readonly #writes: NatsWrites;
  readonly #closing = new AbortController();
  #cancelSweep: Cancel;

  constructor(streams: readonly RecordStream[], options: NatsRepoOptions) {
    const { link, clock } = options;
    this.#options = options;
    this.#streams = streams;
    this.#recent = new RecentSequences(clock);
    const patience = new RecordPatience({ link, clock, closing: this.#closing.signal });
    this.#patience = patience;
    this.#reads = new NatsReads({ patience, recent: this.#recent });
    this.#writes = new NatsWrites({ clock, patience, recent: this.#recent, isDamaged });
    this.#cancelSweep = options.sweeps === false ? () => {} : this.#sweepLater();
  }

  async fetch(key: string): Promise<Stored | null> {
    this.#checkOpen();
    return isSlotKey(key) ? await this.#reads.fetch(this.#streamOf(key), key) : null;
  }

  async list(user: string): Promise<Stored[]> {
    this.#checkOpen();
    const prefix = userPrefix(user);
    return await this.#reads.list(this.#streamOf(prefix), prefix);
  }

  async insert(download: Download): Promise<Version | null> {
    this.#checkOpen();
    const key = keyOf(download);
    const stream = this.#streamOf(key);
    const sequence = await this.#writes.insert(stream, key, encodeDownload(download));
    return sequence === null ? null : stream.versionOf(sequence);
  }

  async update(download: Download, version: Version): Promise<Version | null> {
    this.#checkOpen();
    const key = keyOf(download);
    const stream = this.#streamOf(key);
    const expected = stream.sequenceOf(version);
    if (expected === null) return null;
    const sequence = await this.#writes.replace(stream, key, encodeDownload(download), expected);
    return sequence === null ? null : stream.versionOf(sequence);
  }

  async remove(key: string, version: Version): Promise<boolean> {
    this.#checkOpen();
    if (!isSlotKey(key)) return false;
    const stream = this.#streamOf(key);
    const expected = stream.sequenceOf(version);
    if (expected === null) return false;
    return (await this.#writes.replace(stream, key, null, expected)) !== null;
  }

  watch(signal: AbortSignal): AsyncGenerator<SlotEvent, void, void> {
    const over = AbortSignal.any([signal, this.#closing.signal]);
    const checkOpen = () => this.#checkOpen();
    return watchRecords({ ...this.#options, streams: this.#streams, recent: this.#recent, checkOpen }, over);
  }

  /** Of each stream of records. Tells of silence only what calls and watchers of this repo met. */
  health(): StreamHealth[] {
    return this.#streams.map(({ name, silentMs }) => ({ stream: name, silentMs }));
  }

  /**
   * Removes what old removals left, and answers how many messages that were. An open repo does so by itself every
   * ten minutes or so, unless another has or `sweeps` is false. Errors: `unavailable`, `closed`.
   */
  async sweepTombstones(): Promise<number> {
    this.#checkOpen();
    let removed = 0;
    for (const stream of this.#streams) removed += await this.#sweep(stream);
    return removed;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#cancelSweep();
  }

  #sweepLater(): Cancel {
    const { clock } = this.#options;
    return clock.after(jittered(clock, SWEEP_EVERY_MS), () => void this.#sweepInTurn());
  }

  async #sweepInTurn(): Promise<void> {
    const { clock, log } = this.#options;
    try {
      for (const stream of this.#streams) {
        const sweptAt = await lastSweptAt(stream, this.#patience);
        if (clock.now() - sweptAt >= SWEEP_EVERY_MS / 2) await this.#sweep(stream);
      }
    } catch (error) {
      if (!this.#closing.signal.aborted) log.warn({ error }, "tombstones could not be swept; will retry");
    }
    if (!this.#closing.signal.aborted) this.#cancelSweep = this.#sweepLater();
  }

  #sweep(stream: RecordStream): Promise<number> {
    const { clock, log, tombstoneAgeMs = DEFAULT_TOMBSTONE_AGE_MS } = this.#options;
    return sweepStream(stream, { clock, log, patience: this.#patience, tombstoneAgeMs });
  }

  #streamOf(key: string): RecordStream {
    return this.#streams[streamIndexOf(key, this.#streams.length)]!;
  }

  #checkOpen(): void {
    if (this.#closing.signal.aborted) throw new CarryoutError("closed", "this repo is closed");
  }
}
