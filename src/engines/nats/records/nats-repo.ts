/** @module Slots, work and history in JetStream streams that all machines of a cluster share, replicated by NATS. */

import { CarryoutError } from "../../../errors.ts";
import type { Cancel, Clock } from "../../../ports/clock.ts";
import type { Repo } from "../../../ports/repo.ts";
import { jittered } from "../../../ports/retry.ts";
import { isDamaged, isDamagedMark, isDamagedSaved } from "../../../ports/stored-text.ts";
import type { Log } from "../../../telemetry/log.ts";
import type { NatsLink } from "../jetstream/connection.ts";
import type { Layout } from "../jetstream/layout.ts";
import { type NatsStream, openNatsStream } from "../jetstream/stream.ts";
import { HistoryIndex } from "./history-index.ts";
import { sweepHistory } from "./history-sweep.ts";
import { NatsHistory } from "./nats-history.ts";
import { NatsSlots } from "./nats-slots.ts";
import { NatsTable } from "./nats-table.ts";
import { NatsWork } from "./nats-work.ts";
import { RecordPatience } from "./record-patience.ts";
import type { RecordPart } from "./record-places.ts";
import { openRecordStream, type RecordStream } from "./record-stream.ts";
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
  const indexes = Array.from({ length: options.layout.recordStreams }, (_, index) => index);
  const streams = new Map<string, Promise<NatsStream>>();
  const stream = (name: string) => {
    const opened = streams.get(name) ?? openNatsStream(options.link, name);
    streams.set(name, opened);
    return opened;
  };
  const open = (part: RecordPart) =>
    Promise.all(indexes.map((index) => openRecordStream(options, part, index, stream)));
  return new NatsRepo(
    {
      slots: await open("slots"),
      marks: await open("marks"),
      saved: await open("saved"),
      history: await open("history"),
      index: await open("index"),
      gone: await open("gone"),
    },
    options,
  );
}

/**
 * While a stream has no leader, which takes 4 to 9 s when a server dies, calls for its users wait, at most 10 s; 3 s if
 * it has had none for long, or if no server can be reached. Reads come from the leader. In a partition a leader that
 * has lost its majority may answer for another 10 s: it can't write, and its answers are rejected if this repo has seen
 * something newer. Created by `openNatsRepo`.
 */
export class NatsRepo implements Repo {
  readonly slots: NatsSlots;
  readonly work: NatsWork;
  readonly history: NatsHistory;
  readonly #options: NatsRepoOptions;
  readonly #streams: Readonly<Record<RecordPart, readonly RecordStream[]>>;
  readonly #records: NatsTable;
  readonly #index: HistoryIndex;
  readonly #patience: RecordPatience;
  readonly #closing = new AbortController();
  #cancelSweep: Cancel;

  constructor(streams: Readonly<Record<RecordPart, readonly RecordStream[]>>, options: NatsRepoOptions) {
    const { link, clock, log } = options;
    const closing = this.#closing.signal;
    const patience = new RecordPatience({ link, clock, closing });
    const checkOpen = () => this.#checkOpen();
    const common = { clock, patience, checkOpen };
    const marks = new NatsTable({
      ...common,
      streams: streams.marks,
      isDamaged: (_, text) => isDamagedMark(text),
    });
    const saved = new NatsTable({
      ...common,
      streams: streams.saved,
      isDamaged: (_, text) => isDamagedSaved(text),
      leavesRemovals: false,
    });
    this.#options = options;
    this.#streams = streams;
    this.#patience = patience;
    this.#records = new NatsTable({ ...common, streams: streams.history, isDamaged });
    this.#index = new HistoryIndex({ streams: streams.index, clock, patience });
    const feeds = { link, clock, log, checkOpen, closing };
    this.slots = new NatsSlots(new NatsTable({ ...common, streams: streams.slots, isDamaged }), feeds);
    this.work = new NatsWork({ ...feeds, patience, marks, saved });
    this.history = new NatsHistory({ records: this.#records, index: this.#index, patience, checkOpen });
    this.#cancelSweep = options.sweeps === false ? () => {} : this.#sweepLater();
  }

  /** The state of each stream of records. Reports only silence that calls and watchers of this repo encountered. */
  health(): StreamHealth[] {
    const silentMs = new Map<string, number>();
    for (const stream of Object.values(this.#streams).flat())
      silentMs.set(stream.name, Math.max(silentMs.get(stream.name) ?? 0, stream.silentMs));
    return [...silentMs].map(([stream, silentMs]) => ({ stream, silentMs }));
  }

  /**
   * Sweeps the tombstones of old removals, and returns how many messages it removed. An open repo does so automatically
   * about every ten minutes, unless another has or `sweeps` is false. Errors: `unavailable`, `closed`.
   */
  async sweepTombstones(): Promise<number> {
    this.#checkOpen();
    let removed = 0;
    for (const { sweep } of this.#sweepings()) removed += await sweep();
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
      for (const { stream, sweep } of this.#sweepings()) {
        const sweptAt = await lastSweptAt(stream, this.#patience);
        if (clock.now() - sweptAt >= SWEEP_EVERY_MS / 2) await sweep();
      }
    } catch (error) {
      if (!this.#closing.signal.aborted) log.warn({ error }, "tombstones could not be swept; will retry");
    }
    if (!this.#closing.signal.aborted) this.#cancelSweep = this.#sweepLater();
  }

  #sweepings(): { stream: RecordStream; sweep: () => Promise<number> }[] {
    const { clock, log, tombstoneAgeMs = DEFAULT_TOMBSTONE_AGE_MS } = this.#options;
    const options = { clock, log, patience: this.#patience, tombstoneAgeMs };
    const { slots, marks, index, gone } = this.#streams;
    const ofHistory = { ...options, records: this.#records, index: this.#index, gone };
    return [
      ...[...slots, ...marks].map((stream) => ({ stream, sweep: () => sweepStream(stream, options) })),
      ...index.map((stream) => ({ stream, sweep: () => sweepHistory(stream, ofHistory) })),
    ];
  }

  #checkOpen(): void {
    if (this.#closing.signal.aborted) throw new CarryoutError("closed", "this repo is closed");
  }
}
