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
  /** Not closed by `close`. */
  link: NatsLink;
  layout: Layout;
  clock: Clock;
  log: Log;
  /**
   * How long tombstones of removals are kept, in milliseconds; watchers that were away for longer start over. Default
   * one hour.
   */
  tombstoneAgeMs?: number | undefined;
  /** Whether it sweeps automatically. Default true; false for observers, which must not write. */
  sweeps?: boolean | undefined;
}

const DEFAULT_TOMBSTONE_AGE_MS = 3_600_000;
/** Approximate: every node checks, and one of them finds that it is time. */
const SWEEP_EVERY_MS = 600_000;

/** Whether a stream of records answers. */
export interface StreamHealth {
  stream: string;
  /** How long its leader has owed an answer, in milliseconds: 0 if it answered the last request. */
  silentMs: number;
}

/** Opens a repo over the streams created by `prepareStreams`. Sends no request to the servers yet. */
export async function openNatsRepo(options: NatsRepoOptions): Promise<NatsRepo> {
  const { recordStreams } = options.layout;
  const streams = Array.from({ length: recordStreams }, (_, index) => openRecordStream(options, index));
  return new NatsRepo(await Promise.all(streams), options);
}

/**
 * While a stream has no leader, which takes 4 to 9 s when a server dies, calls for its users wait, at most 10 s; 3 s if
 * it has had none for long, or if no server can be reached. Reads come from the leader. In a partition a leader that
 * has lost its majority may answer for another 10 s: it can't write, and its answers are rejected if this repo has seen
 * something newer. Created by `openNatsRepo`.
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

  /** The state of each stream of records. Silence is known only from calls and watchers of this repo. */
  health(): StreamHealth[] {
    return this.#streams.map(({ name, silentMs }) => ({ stream: name, silentMs }));
  }

  /**
   * Sweeps the tombstones of old removals, and returns how many messages it removed. An open repo does so automatically
   * about every ten minutes, unless another has or `sweeps` is false. Errors: `unavailable`, `closed`.
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
