/** @module Watching the records of all streams: a snapshot of each, then every change. */

import { type Change, ChangeQueue } from "../../../ports/change-queue.ts";
import type { RecentWrites } from "./recent-writes.ts";
import type { Entry } from "./record-entry.ts";
import type { RecordStream } from "./record-stream.ts";

/** Follows one stream: `snapshot` to its end, then `follow`, then `end`, which may come at any time. */
export interface Feed {
  /** All existing entries, in order. Waits until a server answers. */
  snapshot(): AsyncIterator<readonly Entry[], void, void>;
  /** Delivers entries from now on, in order per key. */
  follow(): void;
  end(): void;
}

/** The callbacks of a feed. */
export interface FeedTold {
  /** From `follow` on. */
  onEntries: (entries: readonly Entry[]) => void;
  /** The delivered entries are no longer a valid basis: a new snapshot is needed. Called once. */
  onLost: () => void;
}

export interface NatsFeedOptions<Event> {
  streams: readonly RecordStream[];
  recent: RecentWrites;
  /** Throws when the repo is closed. */
  checkOpen: () => void;
  eventOf: (change: Change) => Event;
  /** It misses nothing that is stored after this call. */
  openFeed: (stream: RecordStream, told: FeedTold) => Feed;
}

type Edge = { type: "begin" } | { type: "synced" };

/** Ends when one of the signals aborts. Snapshots wait for as long as a stream has no leader. Errors: `closed`, at the start. */
export async function* watchRecords<Event>(
  options: NatsFeedOptions<Event>,
  signals: readonly AbortSignal[],
): AsyncGenerator<Event | Edge, void, void> {
  options.checkOpen();
  while (!signals.some(({ aborted }) => aborted)) {
    const feed = new NatsFeed(options, signals);
    try {
      // Yielded one by one here: each generator in between would cost every record some turns of the event loop.
      for await (const events of feed.events()) {
        for (const event of events) {
          yield event;
          if (feed.isOver) break;
        }
      }
    } finally {
      feed.end();
    }
  }
}

/** The snapshot of one stream, while it is being read. */
interface Reading {
  stream: RecordStream;
  feed: Feed;
  batches: AsyncIterator<readonly Entry[], void, void>;
  told: Set<string>;
}

type Batch = { reading: Reading; entries: readonly Entry[] | null };

/** One snapshot and the changes after it, until the watch ends or has to start over. */
class NatsFeed<Event> {
  readonly #options: NatsFeedOptions<Event>;
  readonly #signals: readonly AbortSignal[];
  readonly #queue = new ChangeQueue();
  readonly #feeds: { stream: RecordStream; feed: Feed }[];
  // Not a signal: for a watch without records, one would cost as much as all else.
  #isOver = false;
  #giveUp = () => {};
  readonly #end = () => {
    this.#isOver = true;
    this.#queue.end();
    this.#giveUp();
  };

  constructor(options: NatsFeedOptions<Event>, signals: readonly AbortSignal[]) {
    this.#options = options;
    this.#signals = signals;
    for (const signal of signals) signal.addEventListener("abort", this.#end, { once: true });
    // All before the first read: whatever is stored from then on is either read or arrives live.
    this.#feeds = options.streams.map((stream) => {
      const onEntries = (entries: readonly Entry[]) => this.#enqueue(stream, entries);
      return { stream, feed: options.openFeed(stream, { onEntries, onLost: this.#end }) };
    });
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Yields together what arrived together; each event is created when it is consumed. */
  async *events(): AsyncGenerator<Iterable<Event | Edge>, void, void> {
    yield [{ type: "begin" }];
    yield* this.#snapshots();
    if (this.isOver) return;
    yield [{ type: "synced" }];
    for (let change = await this.#queue.next(); change !== null; change = await this.#queue.next()) {
      yield [this.#options.eventOf(change)];
    }
  }

  end(): void {
    this.#end();
    for (const signal of this.#signals) signal.removeEventListener("abort", this.#end);
    for (const { feed } of this.#feeds) feed.end();
  }

  /** The snapshots of all streams concurrently, each in order. Memory: at most two batches per stream. */
  async *#snapshots(): AsyncGenerator<Iterable<Event>, void, void> {
    const underWay = new Map<Reading, Promise<Batch>>();
    const readOn = (reading: Reading) => {
      const batch = reading.batches.next().then(({ value }) => ({ reading, entries: value ?? null }));
      // Rejects if the feed ends, and may then have no reader.
      batch.catch(() => {});
      underWay.set(reading, batch);
    };
    for (const { stream, feed } of this.#feeds)
      readOn({ stream, feed, batches: feed.snapshot(), told: new Set() });
    while (underWay.size > 0) {
      const batch = await this.#unlessOver(Promise.race(underWay.values()));
      if (batch === null || this.isOver) return;
      const { reading, entries } = batch;
      underWay.delete(reading);
      if (entries === null) {
        reading.feed.follow();
      } else {
        readOn(reading);
        yield this.#snapshotEvents(reading, entries);
      }
    }
  }

  *#snapshotEvents({ stream, told }: Reading, entries: readonly Entry[]): Generator<Event, void, void> {
    for (const entry of entries) {
      const change = changeOf(stream, entry);
      // Earlier removals need not be delivered, unless a lagging replica has just delivered the record.
      if (change === null || (change.text === null && !told.has(change.key))) continue;
      told.add(change.key);
      yield this.#options.eventOf(change);
    }
  }

  /** Null as soon as it is over; the work itself continues. */
  #unlessOver<Result>(work: Promise<Result>): Promise<Result | null> {
    return new Promise((resolve, reject) => {
      this.#giveUp = () => resolve(null);
      if (this.#isOver) resolve(null);
      work.then(resolve, reject);
    });
  }

  #enqueue(stream: RecordStream, entries: readonly Entry[]): void {
    for (const entry of entries) {
      const change = changeOf(stream, entry);
      if (change === null) continue;
      this.#options.recent.see(change.key, entry.sequence, change.text === null);
      this.#queue.push(change);
    }
  }
}

function changeOf(stream: RecordStream, { key, sequence, text }: Entry): Change | null {
  if (key === null) return null;
  return { key, version: stream.versionOf(sequence, text === null), text };
}
