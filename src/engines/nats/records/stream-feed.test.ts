import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { errors } from "@nats-io/transport-node";
import fc from "fast-check";
import { seededRandom } from "../../../clock/seeded-random.ts";
import { VirtualClock } from "../../../clock/virtual.testing.ts";
import { silentLog } from "../../../telemetry/log.ts";
import type { Entry } from "./record-entry.ts";
import { FLOOR } from "./record-subjects.ts";
import { StreamFeed, type StreamFeedOptions } from "./stream-feed.ts";

type Subscriber = (error: Error | null, entry: Entry | null) => void;

/** A stream in memory with its whole history, whose readers can get outdated answers. */
class FakeStream {
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

  subscribe(callback: Subscriber) {
    this.#subscribers.add(callback);
    return { unsubscribe: () => void this.#subscribers.delete(callback) } as never;
  }

  async lastMessage() {
    const floor = (await this.#answer()).get(FLOOR)?.floor;
    return floor === undefined ? null : ({ data: Buffer.from(JSON.stringify({ floor })) } as never);
  }

  async lastOfAll(): Promise<Entry | null> {
    return sorted(await this.#answer()).at(-1) ?? null;
  }

  async next(from: number): Promise<Entry | null> {
    return sorted(await this.#answer()).find(({ sequence }) => sequence >= from) ?? null;
  }

  async *from(from: number): AsyncGenerator<Entry[], void, void> {
    for (let at = from; ; ) {
      const batch = sorted(await this.#answer()).filter(({ sequence }) => sequence >= at);
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

function sorted(state: ReadonlyMap<string, Entry>): Entry[] {
  return [...state.values()].sort((a, b) => a.sequence - b.sequence);
}

/** Follows a stream as a watcher does, and checks that no key ever goes back. */
class Follower {
  readonly records = new Map<string, Entry>();
  readonly snapshots: number[] = [];
  readonly wentBack: Entry[] = [];
  readonly #options: Pick<StreamFeedOptions, "stream" | "clock">;
  #feed: StreamFeed | null = null;
  reconnected = () => {};
  isCutOff = false;

  constructor(stream: FakeStream, clock: VirtualClock) {
    this.#options = { stream, clock };
    void this.#run();
  }

  end(): void {
    this.#feed?.end();
  }

  async #run(): Promise<void> {
    this.records.clear();
    const link: StreamFeedOptions["link"] = {
      cutOffMs: () => (this.isCutOff ? 1 : null),
      onReconnect: (callback) => {
        this.reconnected = callback;
        return () => {};
      },
    };
    const feed = new StreamFeed({
      ...this.#options,
      link,
      log: silentLog,
      onEntries: (entries) => this.#apply(entries),
      onLost: () => {
        feed.end();
        void this.#run();
      },
    });
    this.#feed = feed;
    try {
      for await (const entries of feed.snapshot()) {
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

function assertConverged(follower: Follower, stream: FakeStream): void {
  assert.deepEqual(follower.wentBack, []);
  const present = (entries: Iterable<Entry>) =>
    [...entries].filter(({ text }) => text !== null).map(({ sequence }) => sequence);
  const known = present(follower.records.values()).sort((a, b) => a - b);
  assert.deepEqual(known, present(sorted(stream.state)));
}

describe("StreamFeed", () => {
  test("whatever is lost, duplicated, late, failing or outdated: in order per key, ending with the current state", async () => {
    const story = fc.record({
      seed: fc.integer(),
      steps: fc.integer({ min: 1, max: 60 }),
      sweeps: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(story, async ({ seed, steps, sweeps }) => {
        const clock = new VirtualClock({ seed });
        const chance = seededRandom(seed);
        const stream = new FakeStream(clock);
        let current = 0;
        // A sweep waits for all replicas, and is an hour behind anything that a deposed leader can know.
        stream.lag = () =>
          chance() < 0.6 ? 0 : Math.min(Math.floor(chance() * 12), stream.changes - 1 - current);
        stream.fails = () => chance() < 0.2;
        stream.takesMs = () => chance() * 40;
        for (let count = chance() * 60; count > 0; count -= 1)
          stream.write(`key-${Math.floor(chance() * 30)}`, "{}");
        const follower = new Follower(stream, clock);
        const late: Entry[] = [];
        const arrive = () => {
          const [entry] = late.splice(Math.floor(chance() * late.length), 1);
          if (entry && chance() < 0.85) stream.deliver(entry);
          if (entry && chance() < 0.1) stream.deliver(entry);
        };
        stream.whileAnswering = { turns: () => Math.floor(chance() * 40), happens: arrive };
        for (let step = 0; step < steps; step += 1) {
          if (sweeps && chance() < 0.08) {
            current = stream.changes - 1;
            late.push(stream.sweep());
            current += 1;
          } else {
            late.push(stream.write(`key-${Math.floor(chance() * 8)}`, chance() < 0.35 ? null : "{}"));
          }
          if (chance() < 0.2) follower.isCutOff = !follower.isCutOff;
          while (late.length > 0 && chance() < 0.7) arrive();
          if (chance() < 0.1) follower.reconnected();
          await clock.advance(chance() * (chance() < 0.1 ? 3_000 : 30));
        }
        stream.lag = () => 0;
        stream.fails = () => false;
        follower.isCutOff = false;
        await clock.advance(10_000);
        assertConverged(follower, stream);
        follower.end();
        assert.equal(stream.subscribers, 0);
      }),
      { numRuns: 150 },
    );
  });

  test("starts over after sleeping through a swept removal, and drops the record", async () => {
    const clock = new VirtualClock({ seed: 1 });
    const stream = new FakeStream(clock);
    for (const key of ["a", "b", "c"]) stream.write(key, "{}");
    const follower = new Follower(stream, clock);
    await clock.advance(100);
    follower.isCutOff = true;
    stream.write("a", null);
    stream.sweep();
    stream.write("d", "{}");
    assert.ok(!stream.state.has("a"));
    await clock.advance(3_600_000);
    assert.ok(follower.records.has("a"));
    follower.isCutOff = false;
    await clock.advance(5_000);
    assert.deepEqual(follower.snapshots, [3, 3]);
    assertConverged(follower, stream);
    follower.end();
  });

  test("continues when a removal that it knew is swept", async () => {
    const clock = new VirtualClock({ seed: 1 });
    const stream = new FakeStream(clock);
    stream.write("a", "{}");
    const follower = new Follower(stream, clock);
    await clock.advance(100);
    stream.deliver(stream.write("a", null));
    stream.sweep();
    await clock.advance(5_000);
    stream.write("b", "{}");
    await clock.advance(5_000);
    assert.equal(follower.snapshots.length, 1);
    assertConverged(follower, stream);
    follower.end();
  });

  test("ignores a leader with outdated data, until it has lasted so long that the data must be lost", async () => {
    const clock = new VirtualClock({ seed: 1 });
    const stream = new FakeStream(clock);
    for (let count = 0; count < 10; count += 1) stream.write(`key-${count}`, "{}");
    const follower = new Follower(stream, clock);
    await clock.advance(100);
    stream.lag = () => 4;
    await clock.advance(20_000);
    assert.equal(follower.snapshots.length, 1);
    assert.equal(follower.records.size, 10);
    stream.lag = () => 0;
    await clock.advance(5_000);
    stream.lose(4);
    await clock.advance(60_000);
    assert.deepEqual(follower.snapshots, [10, 6]);
    assertConverged(follower, stream);
    follower.end();
  });

  test("starts over when the stream has different messages under the same sequences", async () => {
    const clock = new VirtualClock({ seed: 1 });
    const stream = new FakeStream(clock);
    for (let count = 0; count < 4; count += 1) stream.write(`key-${count}`, "{}");
    const follower = new Follower(stream, clock);
    await clock.advance(100);
    stream.lose(2);
    for (const key of ["other", "another"]) stream.write(key, "{}");
    await clock.advance(5_000);
    assert.deepEqual(follower.snapshots, [4, 4]);
    assertConverged(follower, stream);
    follower.end();
  });

  test("delivers live entries that arrive together with a read's answer only after that answer", async () => {
    for (let turns = 0; turns < 60; turns += 1) {
      const clock = new VirtualClock({ seed: turns });
      const stream = new FakeStream(clock);
      stream.write("a", "{}");
      const follower = new Follower(stream, clock);
      await clock.advance(100);
      stream.write("a", "lost on the way");
      let isFirst = true;
      const happens = () => {
        if (isFirst) stream.deliver(stream.write("a", "live"));
        isFirst = false;
      };
      stream.whileAnswering = { turns: () => turns, happens };
      follower.reconnected();
      await clock.advance(5_000);
      assert.equal(follower.records.get("a")?.text, "live", `after ${turns} turns`);
      assert.deepEqual(follower.wentBack, []);
      follower.end();
    }
  });

  test("reads nothing more and leaves no timer, whenever it is ended", async () => {
    for (let endAt = 0; endAt < 60; endAt += 1) {
      const clock = new VirtualClock({ seed: endAt });
      const stream = new FakeStream(clock);
      for (let count = 0; count < 30; count += 1) stream.write(`key-${count}`, "{}");
      const follower = new Follower(stream, clock);
      await clock.advance(endAt < 40 ? endAt : endAt * 100);
      follower.end();
      assert.equal(stream.subscribers, 0);
      let asked = 0;
      stream.fails = () => {
        asked += 1;
        return false;
      };
      await clock.advance(100);
      const fired = clock.fired;
      await clock.advance(100_000);
      assert.equal(asked, 0, `ended after ${endAt}`);
      assert.equal(clock.fired, fired);
    }
  });
});
