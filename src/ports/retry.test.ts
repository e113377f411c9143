import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { retry } from "./retry.ts";

/** A clock that advances only through sleeps, which pass at once; its random numbers are always 0.5. */
function steppingClock() {
  let now = 0;
  const slept: number[] = [];
  return {
    slept,
    monotonic: () => now,
    random: () => 0.5,
    sleep: async (ms: number, signal?: AbortSignal) => {
      slept.push(signal?.aborted ? 0 : ms);
      now += ms;
    },
  };
}

function failing(times: number, result = "done") {
  let tries = 0;
  return () => {
    tries += 1;
    if (tries <= times) throw new Error(`failure ${tries}`);
    return result;
  };
}

describe("retry", () => {
  const onFailure = () => {};

  test("returns the first result, after pauses that double up to the longest", async () => {
    const clock = steppingClock();
    assert.equal(await retry(clock, { firstMs: 10, mostMs: 50, onFailure }, failing(5)), "done");
    assert.deepEqual(clock.slept, [10, 20, 40, 50, 50]);
  });

  test("a pause is between half and one and a half times its nominal length", async () => {
    for (const [chance, ms] of [
      [0, 50],
      [0.999, 149.9],
    ] as const) {
      const clock = { ...steppingClock(), random: () => chance };
      await retry(clock, { firstMs: 100, mostMs: 100, onFailure }, failing(1));
      assert.deepEqual(clock.slept, [ms]);
    }
  });

  test("reports each failure and the time taken so far; an error thrown by the callback ends the retries", async () => {
    const clock = steppingClock();
    const told: [string, number][] = [];
    const tell = (error: unknown, sinceMs: number) => {
      told.push([(error as Error).message, sinceMs]);
      if (sinceMs >= 30) throw new Error("enough");
    };
    const trying = retry(clock, { firstMs: 10, mostMs: 50, onFailure: tell }, failing(9));
    await assert.rejects(trying, { message: "enough" });
    assert.deepEqual(told, [
      ["failure 1", 0],
      ["failure 2", 10],
      ["failure 3", 30],
    ]);
  });

  test("the signal ends a pause, not the retries", async () => {
    const clock = steppingClock();
    const signal = AbortSignal.abort();
    assert.equal(await retry(clock, { firstMs: 10, mostMs: 50, signal, onFailure }, failing(1)), "done");
    assert.deepEqual(clock.slept, [0]);
  });
});
