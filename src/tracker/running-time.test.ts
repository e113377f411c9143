import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RunningTime } from "./running-time.ts";
import { stoppableClock } from "./stoppable-clock.testing.ts";

const NEVER = new AbortController().signal;
const HOUR_MS = 3_600_000;

describe("running time", () => {
  it("advances with the monotonic clock while the process runs, whatever the time of day", async () => {
    const { clock, run, setAhead } = stoppableClock();
    const time = new RunningTime(clock);
    await run(5_000);
    setAhead(-HOUR_MS);
    await run(5_500);
    assert.equal(time.read(), 10_500);
  });

  it("excludes the time in which the process was suspended", async () => {
    const { clock, run, stop } = stoppableClock();
    const time = new RunningTime(clock);
    await run(5_000);
    stop(HOUR_MS);
    await run(5_000);
    const ranMs = time.read();
    assert.ok(ranMs >= 10_000 && ranMs <= 12_000, `${ranMs}`);
  });

  it("knows since when the time of day has not been set", async () => {
    const { clock, run, setAhead } = stoppableClock();
    const time = new RunningTime(clock);
    await run(5_000);
    assert.equal(time.steadyMs(), 5_000);
    for (const ms of [HOUR_MS, -HOUR_MS]) {
      setAhead(ms);
      await run(3_000);
      assert.ok(time.steadyMs() <= 3_000);
    }
    setAhead(500); // as a time server occasionally does
    await run(5_000);
    assert.ok(time.steadyMs() >= 7_000);
  });

  it("continues a sleep after a suspension", async () => {
    const { clock, run, stop } = stoppableClock();
    const time = new RunningTime(clock);
    let isOver = false;
    void time.sleep(60_000, NEVER).then(() => {
      isOver = true;
    });
    await run(10_000);
    stop(HOUR_MS);
    await run(40_000);
    assert.equal(isOver, false);
    await run(20_000);
    assert.equal(isOver, true);
  });

  it("wakes at once when the signal aborts", async () => {
    const { clock, run } = stoppableClock();
    const time = new RunningTime(clock);
    const enough = new AbortController();
    const sleeping = time.sleep(1e9, enough.signal);
    await run(1);
    enough.abort();
    await sleeping;
  });

  it("keeps no timer once it is closed", async () => {
    const { clock, run } = stoppableClock();
    const time = new RunningTime(clock);
    time.close();
    await run(HOUR_MS);
    assert.ok(time.read() <= 2_000);
  });
});
