/** @module The contract of every clock, as a test suite. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Clock } from "../clock.ts";

export interface ClockUnderTest {
  clock: Clock;
  /** Lets at least this much of its time pass. */
  pass(ms: number): Promise<void>;
}

/** Registers the suite. */
export function clockContract(name: string, make: () => ClockUnderTest): void {
  describe(`clock: ${name}`, () => {
    it("advances: monotonic time never decreases", async () => {
      const { clock, pass } = make();
      const before = { now: clock.now(), monotonic: clock.monotonic() };
      await pass(5);
      assert.ok(clock.now() > before.now);
      assert.ok(clock.monotonic() > before.monotonic);
      assert.ok(before.now > Date.UTC(2020, 0, 1), "milliseconds since the epoch");
    });

    it("ends a sleep no earlier than requested", async () => {
      const { clock, pass } = make();
      const began = clock.monotonic();
      let woke = 0;
      const sleeping = clock.sleep(20).then(() => {
        woke = clock.monotonic();
      });
      await pass(30);
      await sleeping;
      assert.ok(woke - began >= 19, `${woke - began} ms`); // system timers have millisecond resolution
    });

    it("ends a sleep without error when its signal aborts, or if it has already aborted", async () => {
      const { clock } = make();
      const stop = new AbortController();
      const sleeping = clock.sleep(1e9, stop.signal);
      stop.abort();
      await sleeping;
      await clock.sleep(1e9, stop.signal);
    });

    it("ends a sleep of an invalid or negative time at once", async () => {
      const { clock, pass } = make();
      let woke = 0;
      for (const ms of [0, -1, Number.NEGATIVE_INFINITY, Number.NaN]) {
        clock.after(ms, () => woke++);
        void clock.sleep(ms).then(() => woke++);
      }
      await pass(20);
      assert.equal(woke, 8);
    });

    it("does not end a very long sleep at once", async () => {
      const { clock, pass } = make();
      const stop = new AbortController();
      let woke = 0;
      for (const ms of [2 ** 31, 30 * 86_400_000, 1e300, Number.POSITIVE_INFINITY]) {
        const cancel = clock.after(ms, () => woke++);
        stop.signal.addEventListener("abort", cancel);
        void clock.sleep(ms, stop.signal).then(() => {
          if (!stop.signal.aborted) woke++;
        });
      }
      await pass(20);
      assert.equal(woke, 0);
      stop.abort();
    });

    it("calls back once, in order of time, unless cancelled", async () => {
      const { clock, pass } = make();
      const called: string[] = [];
      clock.after(20, () => called.push("later"));
      clock.after(5, () => called.push("sooner"));
      const cancel = clock.after(5, () => called.push("never"));
      cancel();
      cancel();
      await pass(40);
      assert.deepEqual(called, ["sooner", "later"]);
      cancel();
    });

    it("gives random numbers from 0 to below 1, and unique ids", () => {
      const { clock } = make();
      const chances = Array.from({ length: 1_000 }, () => clock.random());
      assert.ok(chances.every((chance) => chance >= 0 && chance < 1));
      assert.ok(new Set(chances).size > 900);
      const ids = Array.from({ length: 1_000 }, () => clock.id());
      assert.ok(ids.every((id) => /^[A-Za-z0-9_-]{22}$/.test(id)));
      assert.equal(new Set(ids).size, 1_000);
    });
  });
}
