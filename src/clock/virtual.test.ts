import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { clockContract } from "../ports/contracts/clock-contract.ts";
import { seededRandom } from "./seeded-random.ts";
import { VirtualClock } from "./virtual.testing.ts";

clockContract("virtual", () => {
  const clock = new VirtualClock({ seed: 1 });
  return { clock, pass: async (ms) => void (await clock.advance(ms)) };
});

describe("virtual clock", () => {
  it("fires in order of time, and in order of setting at equal times", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(50), { maxLength: 60 }), async (delays) => {
        const clock = new VirtualClock({ seed: 1 });
        const fired: { ms: number; index: number }[] = [];
        delays.forEach((ms, index) => {
          clock.after(ms, () => fired.push({ ms: clock.monotonic(), index }));
        });
        await clock.advance(50);
        const expected = delays
          .map((ms, index) => ({ ms, index }))
          .sort((a, b) => a.ms - b.ms || a.index - b.index);
        assert.deepEqual(fired, expected);
      }),
      { numRuns: 50 },
    );
  });

  it("lets every promise settle before time moves", async () => {
    const clock = new VirtualClock({ seed: 1 });
    const seen: number[] = [];
    async function steps() {
      for (let i = 0; i < 100; i++) await null;
      seen.push(clock.monotonic());
      await clock.sleep(5);
      for (let i = 0; i < 100; i++) await null;
      seen.push(clock.monotonic());
    }
    void steps();
    clock.after(5, () => seen.push(-1));
    clock.after(6, () => seen.push(-2));
    await clock.advance(10);
    assert.deepEqual(seen, [0, -1, 5, -2]);
    assert.equal(clock.monotonic(), 10);
    assert.equal(clock.now(), Date.UTC(2026, 0, 1) + 10);
  });

  it("fires nothing that was cancelled, also by what fired at the same time", async () => {
    const clock = new VirtualClock({ seed: 1 });
    let fired = false;
    clock.after(1, () => cancel());
    const cancel = clock.after(1, () => {
      fired = true;
    });
    await clock.advance(1);
    assert.equal(fired, false);
  });

  it("wakes a sleeper early when its signal aborts, without an error", async () => {
    const clock = new VirtualClock({ seed: 1 });
    const stop = new AbortController();
    let wokeAt = -1;
    void clock.sleep(1_000, stop.signal).then(() => {
      wokeAt = clock.monotonic();
    });
    clock.after(3, () => stop.abort());
    await clock.advance(2_000);
    assert.equal(wokeAt, 3);
    await clock.sleep(1_000, stop.signal);
  });

  it("stops on request", async () => {
    const clock = new VirtualClock({ seed: 1 });
    let count = 0;
    const tick = () => {
      count++;
      clock.after(1, tick);
    };
    tick();
    assert.equal(await clock.advance(1_000, () => count === 10), true);
    assert.equal(clock.monotonic(), 9);
  });

  it("fails when time does not advance", async () => {
    const clock = new VirtualClock({ seed: 1 });
    const again = () => void clock.after(0, again);
    again();
    await assert.rejects(clock.advance(1), /time stands still/);
  });

  it("gives the same chance for the same seed", () => {
    const draw = (seed: number) => {
      const clock = new VirtualClock({ seed });
      return [clock.random(), clock.id(), clock.random()];
    };
    assert.deepEqual(draw(7), draw(7));
    assert.notDeepEqual(draw(7), draw(8));
    assert.match(String(draw(7)[1]), /^[\w-]{22}$/);
  });

  it("spreads chance evenly", () => {
    const random = seededRandom(42);
    const tenths = new Array<number>(10).fill(0);
    for (let i = 0; i < 10_000; i++) {
      const tenth = Math.floor(random() * 10);
      tenths[tenth] = (tenths[tenth] ?? 0) + 1;
    }
    for (const count of tenths) assert.ok(count > 850 && count < 1_150, `${tenths}`);
  });
});
