/** @module A stream in memory for tests of feeds, and a watcher that follows it. */

import assert from "node:assert/strict";
import { errors } from "@nats-io/transport-node";
import type { VirtualClock } from "../../../clock/virtual.testing.ts";
import { silentLog } from "../../../telemetry/log.ts";
import type { MarkFeedOptions } from "./mark-feed.ts";
import type { Entry } from "./record-entry.ts";
import type { Feed, FeedTold } from "./record-feed.ts";
import { FLOOR } from "./record-subjects.ts";
import type { StreamFeedOptions } from "./stream-feed.ts";

type Subscriber = (error: Error | null, entry: Entry | null) => void;

/** A stream in memory with its whole history, whose readers can get outdated answers. */
export class FakeStream {
  readonly name = "fake";
  readonly #clock: VirtualClock;
  /** The contents after each change, by key, and under "floor" the floor. */
  readonly #states: ReadonlyMap<string, Entry>[] = [new Map()];
  readonly #subscribers = new Set<Subscriber>();
  #sequence = 0;
  /** Answers lag this many changes behind. */
  lag: () => number = () => 0;
  fails: () => boolean = () => false;
  takesMs: () => number = () => 1;
  whileAnswering = { turns: () => 0, happens: () => {} };

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  get changes(): number {
    return this.#states.length;
  }

  get state(): ReadonlyMap<string, Entry> {
    return this.#states.at(-1)!;
  }

  write(key: string, text: string | null): Entry {
    return this.#store(key, { ...this.#entry(), key, text });
  }

  /** As the sweepers do: the floor first, then the tombstones. */
  sweep(): Entry {
    const tombstones = [...this.state.values()].filter(({ key, text }) => key !== null && text === null);
    const floor = Math.max(this.state.get(FLOOR)?.floor ?? 0, ...tombstones.map(({ sequence }) => sequence));
    const said = this.#store(FLOOR, { ...this.#entry(), key: null, text: null, floor });
    this.#states.push(new Map([...this.state].filter(([, entry]) => !tombstones.includes(entry))));
    return said;
  }

  /** Reverts to an earlier state for good, as all servers may after a power cut. */
  lose(changes: number): void {
    this.#states.splice(-changes);
    this.#sequence = Math.max(0, ...[...this.state.values()].map(({ sequence }) => sequence));
  }

  deliver(entry: Entry): void {
    for (const subscriber of this.#subscribers) subscriber(null, entry);
  }

  get subscribers(): number {
    return this.#subscribers.size;
  }

  subscribe(callback: Subscriber, keys?: string) {
    const subscriber: Subscriber = (error, entry) => {
      if (entry === null || matches(entry, keys)) callback(error, entry);
    };
    this.#subscribers.add(subscriber);
    return { unsubscribe: () => void this.#subscribers.delete(subscriber) } as never;
  }

  async lastMessage() {
    const floor = (await this.#answer()).get(FLOOR)?.floor;
    return floor === undefined ? null : ({ data: Buffer.from(JSON.stringify({ floor })) } as never);
  }

  async lastOfAll(): Promise<Entry | null> {
    return sorted(await this.#answer()).at(-1) ?? null;
  }

  async holds(keys: string): Promise<{ newest: number; isThere: boolean }> {
    const entries = sorted(await this.#answer());
    const isThere = entries.some((entry) => matches(entry, keys));
    return { newest: entries.at(-1)?.sequence ?? 0, isThere };
  }

  async next(from: number, keys?: string): Promise<Entry | null> {
    const entries = sorted(await this.#answer()).filter((entry) => matches(entry, keys));
    return entries.find(({ sequence }) => sequence >= from) ?? null;
  }

  async *from(from: number, keys?: string): AsyncGenerator<Entry[], void, void> {
    for (let at = from; ; ) {
      const batch = sorted(await this.#answer())
        .filter((entry) => matches(entry, keys))
        .filter(({ sequence }) => sequence >= at);
      yield batch.slice(0, 7);
      if (batch.length <= 7) return;
      at = batch[6]!.sequence + 1;
    }
  }

  #entry() {
    this.#sequence += 1;
    return { sequence: this.#sequence, storedAt: this.#clock.now(), write: this.#clock.id() };
  }

  #store(name: string, entry: Entry): Entry {
    this.#states.push(new Map([...this.state, [name, entry]]));
    return entry;
  }

  /** Live entries may arrive in the same turn of the event loop as an answer. */
  async #answered(): Promise<void> {
    for (let turns = this.whileAnswering.turns(); turns > 0; turns -= 1) await null;
    this.whileAnswering.happens();
  }

  async #answer(): Promise<ReadonlyMap<string, Entry>> {
    const fails = this.fails();
    await this.#clock.sleep(this.takesMs());
    if (fails) throw new errors.TimeoutError();
    void this.#answered();
    return this.#states[Math.max(0, this.#states.length - 1 - this.lag())]!;
  }
}

/** `owner.*` as subjects do; everything without keys. */
function matches({ key }: Entry, keys?: string): boolean {
  if (keys === undefined) return true;
  return key !== null && (keys === "*.*" || key.startsWith(keys.slice(0, -1)));
}

function sorted(state: ReadonlyMap<string, Entry>): Entry[] {
  return [...state.values()].sort((a, b) => a.sequence - b.sequence);
}

export type FollowedFeed = StreamFeedOptions & Pick<MarkFeedOptions, "stream">;

/** Follows a stream as a watcher does, and checks that no key ever goes back. */
export class Follower {
  readonly records = new Map<string, Entry>();
  readonly snapshots: number[] = [];
  readonly wentBack: Entry[] = [];
  readonly #options: Omit<FollowedFeed, keyof FeedTold | "link">;
  readonly #open: (options: FollowedFeed) => Feed;
  #feed: Feed | null = null;
  reconnected = () => {};
  isCutOff = false;

  constructor(stream: FakeStream, clock: VirtualClock, open: (options: FollowedFeed) => Feed) {
    this.#options = { stream, clock, log: silentLog };
    this.#open = open;
    void this.#run();
  }

  end(): void {
    this.#feed?.end();
  }

  async #run(): Promise<void> {
    this.records.clear();
    const link: FollowedFeed["link"] = {
      cutOffMs: () => (this.isCutOff ? 1 : null),
      onReconnect: (callback) => {
        this.reconnected = callback;
        return () => {};
      },
    };
    const feed: Feed = this.#open({
      ...this.#options,
      link,
      onEntries: (entries) => this.#apply(entries),
      onLost: () => {
        feed.end();
        void this.#run();
      },
    });
    this.#feed = feed;
    try {
      const batches = feed.snapshot();
      for (let next = await batches.next(); !next.done; next = await batches.next()) {
        const entries = next.value;
        if (this.#feed !== feed) return;
        this.#apply(entries);
      }
      feed.follow();
      this.snapshots.push(this.records.size);
    } catch {
      // It was ended.
    }
  }

  #apply(entries: readonly Entry[]): void {
    for (const entry of entries) {
      if (entry.key === null) continue;
      if (entry.sequence <= (this.records.get(entry.key)?.sequence ?? 0)) this.wentBack.push(entry);
      this.records.set(entry.key, entry);
    }
  }
}

export function assertConverged(follower: Follower, stream: FakeStream, keys?: string): void {
  assert.deepEqual(follower.wentBack, []);
  const present = (entries: Iterable<Entry>) =>
    [...entries].filter(({ text }) => text !== null).map(({ sequence }) => sequence);
  const known = present(follower.records.values()).sort((a, b) => a - b);
  const stored = sorted(stream.state).filter((entry) => matches(entry, keys));
  assert.deepEqual(known, present(stored));
}
