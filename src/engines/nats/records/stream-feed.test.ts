import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { seededRandom } from "../../../clock/seeded-random.ts";
import { VirtualClock } from "../../../clock/virtual.testing.ts";
import { assertConverged, FakeStream, Follower } from "./fake-stream.testing.ts";
import type { Entry } from "./record-entry.ts";
import { StreamFeed } from "./stream-feed.ts";

const follow = (stream: FakeStream, clock: VirtualClock) =>
  new Follower(stream, clock, (options) => new StreamFeed(options));

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
        const follower = follow(stream, clock);
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
    const follower = follow(stream, clock);
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
    const follower = follow(stream, clock);
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
    const follower = follow(stream, clock);
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
    const follower = follow(stream, clock);
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
      const follower = follow(stream, clock);
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
      const follower = follow(stream, clock);
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
