/** @module Watching the records of all streams: a snapshot of each, then every change. */

import type { Clock } from "../clock/clock.ts";
import type { NatsLink } from "../nats/connection.ts";
import type { Log } from "../telemetry/log.ts";
import { type Change, ChangeQueue } from "./change-queue.ts";
import { abortable } from "./nats-abortable.ts";
import { downloadOf, type Entry } from "./nats-entry.ts";
import type { RecentSequences } from "./nats-recent.ts";
import type { RecordStream } from "./nats-record-stream.ts";
import { StreamFeed } from "./nats-stream-feed.ts";
import type { RepoEvent } from "./repo.ts";

export interface NatsFeedOptions {
  streams: readonly RecordStream[];
  link: NatsLink;
  clock: Clock;
  log: Log;
  recent: RecentSequences;
}

/** Ends when the signal aborts. Snapshots wait for as long as a stream has no leader. */
export async function* watchRecords(
  options: NatsFeedOptions,
  signal: AbortSignal,
): AsyncGenerator<RepoEvent, void, void> {
  while (!signal.aborted) {
    const feed = new NatsFeed(options, signal);
    try {
      yield* feed.events();
    } finally {
      feed.end();
    }
  }
}

/** One snapshot and what follows, until it is over or has to begin anew. */
class NatsFeed {
  readonly #options: NatsFeedOptions;
  readonly #signal: AbortSignal;
  readonly #queue = new ChangeQueue();
  readonly #feeds: { stream: RecordStream; feed: StreamFeed }[];
  readonly #over = new AbortController();
  readonly #end = () => this.#over.abort();

  constructor(options: NatsFeedOptions, signal: AbortSignal) {
    this.#options = options;
    this.#signal = signal;
    signal.addEventListener("abort", this.#end, { once: true });
    this.#over.signal.addEventListener("abort", () => this.#queue.end(), { once: true });
    const { link, clock, log } = options;
    // All of them before the first read: what is stored from then on is read or comes live.
    this.#feeds = options.streams.map((stream) => {
      const onEntries = (entries: readonly Entry[]) => this.#enqueue(stream, entries);
      return { stream, feed: new StreamFeed({ stream, link, clock, log, onEntries, onLost: this.#end }) };
    });
  }

  async *events(): AsyncGenerator<RepoEvent, void, void> {
    yield { type: "begin" };
    for (const { stream, feed } of this.#feeds) {
      yield* this.#snapshot(stream, feed);
      if (this.#over.signal.aborted) return;
      feed.follow();
    }
    yield { type: "synced" };
    for (let change = await this.#queue.next(); change !== null; change = await this.#queue.next()) {
      const event = this.#eventOf(change);
      if (event) yield event;
    }
  }

  end(): void {
    this.#over.abort();
    this.#signal.removeEventListener("abort", this.#end);
    for (const { feed } of this.#feeds) feed.end();
  }

  async *#snapshot(stream: RecordStream, feed: StreamFeed): AsyncGenerator<RepoEvent, void, void> {
    const told = new Set<string>();
    const batches = feed.snapshot();
    while (!this.#over.signal.aborted) {
      const next = await this.#unlessOver(batches.next());
      if (next === null || next.done) return;
      for (const entry of next.value) {
        const change = this.#changeOf(stream, entry);
        // Of what was removed before there is nothing to tell, unless a replica that lags behind just told it.
        if (change === null || (change.text === null && !told.has(change.key))) continue;
        told.add(change.key);
        const event = this.#eventOf(change);
        if (event) yield event;
        if (this.#over.signal.aborted) return;
      }
    }
  }

  async #unlessOver<Result>(work: Promise<Result>): Promise<Result | null> {
    try {
      return await abortable(work, this.#over.signal);
    } catch (error) {
      if (this.#over.signal.aborted) return null;
      throw error;
    }
  }

  #enqueue(stream: RecordStream, entries: readonly Entry[]): void {
    for (const entry of entries) {
      const change = this.#changeOf(stream, entry);
      if (change === null) continue;
      this.#options.recent.see(change.key, entry.sequence, change.text === null);
      this.#queue.push(change);
    }
  }

  #changeOf(stream: RecordStream, { key, sequence, text }: Entry): Change | null {
    if (key === null) return null;
    return { key, version: stream.versionOf(sequence, text === null), text };
  }

  /** Null for a record that can't be read: the others must not suffer from it. */
  #eventOf({ key, version, text }: Change): RepoEvent | null {
    if (text === null) return { type: "remove", key, version };
    try {
      return { type: "put", key, version, download: downloadOf(key, text) };
    } catch (error) {
      this.#options.log.error({ key, error }, "a record can't be read; watchers are not told of it");
      return null;
    }
  }
}
