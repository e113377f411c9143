import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CarryoutError } from "../errors.ts";
import { Deadlines } from "./deadlines.ts";
import { RunningTime } from "./running-time.ts";
import { stoppableClock } from "./stoppable-clock.testing.ts";

const HOUR_MS = 3_600_000;

function setUp({ stallMs = HOUR_MS, timeoutMs = HOUR_MS, ranMs = 0 }) {
  const { clock, run, stop } = stoppableClock();
  const deadlines = new Deadlines(new RunningTime(clock), { stallMs, timeoutMs });
  let code: string | null = null;
  deadlines.begin(ranMs).catch((error) => {
    code = error instanceof CarryoutError ? error.code : "another error";
  });
  return { deadlines, run, stop, passed: () => code };
}

describe("deadlines", () => {
  it("expire when an attempt has run for its full time", async () => {
    const { run, passed } = setUp({ timeoutMs: 60_000 });
    await run(59_000);
    assert.equal(passed(), null);
    await run(1_000);
    assert.equal(passed(), "generation-timed-out");
  });

  it("include the running time on earlier holders, so that an attempt that keeps moving ends too", async () => {
    const { run, passed } = setUp({ timeoutMs: 60_000, ranMs: 50_000 });
    await run(9_000);
    assert.equal(passed(), null);
    await run(1_000);
    assert.equal(passed(), "generation-timed-out");
  });

  it("expire when the generator makes no progress, except while it waits for storage", async () => {
    const { deadlines, run, passed } = setUp({ stallMs: 10_000 });
    let stored = () => {};
    void deadlines.waiting(() => new Promise<void>((resolve) => (stored = resolve)));
    await run(30_000);
    assert.equal(passed(), null);
    stored();
    await run(9_000);
    assert.equal(passed(), null);
    await run(11_000);
    assert.equal(passed(), "generation-stalled");
  });

  it("are cancelled when the attempt is interrupted", async () => {
    const { deadlines, run, passed } = setUp({ stallMs: 10_000, timeoutMs: 60_000 });
    await run(9_000);
    deadlines.begin(9_000).catch(() => {});
    await run(9_000);
    deadlines.close();
    await run(60_000);
    assert.equal(passed(), null);
  });

  it("do not expire because the machine was suspended", async () => {
    const { deadlines, run, stop, passed } = setUp({ stallMs: 30_000, timeoutMs: 60_000 });
    await run(10_000);
    stop(10 * HOUR_MS);
    await run(10_000);
    assert.equal(passed(), null);
    deadlines.alive();
    await run(20_000);
    assert.equal(passed(), null);
  });
});
