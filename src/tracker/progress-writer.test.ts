import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { VirtualClock } from "../clock/virtual.testing.ts";
import type { Tick } from "../download/progress.ts";
import { ProgressWriter } from "./progress-writer.ts";

const TICK_MS = 100;

function tick(done: number, total: number | null = 100): Tick {
  return { done, total, message: null };
}

function writing(write: () => Promise<unknown> = async () => {}) {
  const clock = new VirtualClock({ seed: 1 });
  const written: { done: number; etaMs: number | null; at: number }[] = [];
  const writer = new ProgressWriter(
    clock,
    () => TICK_MS,
    ({ done }, etaMs) => {
      written.push({ done, etaMs, at: clock.monotonic() });
      return write();
    },
  );
  return { clock, written, writer };
}

describe("progress is written", () => {
  it("at once, then the latest at most once a tick", async () => {
    const { clock, written, writer } = writing();
    for (const done of [1, 2, 3]) writer.put(tick(done));
    await clock.advance(TICK_MS - 1);
    assert.deepEqual(written, [{ done: 1, etaMs: null, at: 0 }]);
    await clock.advance(1);
    assert.deepEqual(written.slice(1), [{ done: 3, etaMs: null, at: TICK_MS }]);
    await clock.advance(10 * TICK_MS);
    assert.equal(written.length, 2);
  });

  it("one write at a time: during a write the latest waits", async () => {
    const held = Promise.withResolvers<void>();
    const { clock, written, writer } = writing(() => held.promise);
    writer.put(tick(1));
    await clock.advance(5 * TICK_MS);
    for (const done of [2, 3]) writer.put(tick(done));
    await clock.advance(5 * TICK_MS);
    assert.deepEqual(
      written.map(({ done }) => done),
      [1],
    );
    held.resolve();
    await clock.advance(TICK_MS);
    assert.deepEqual(
      written.map(({ done }) => done),
      [1, 3],
    );
  });

  it("by a caller that takes it, then not again; after closing not at all", async () => {
    const { clock, written, writer } = writing();
    writer.put(tick(1));
    writer.put(tick(2));
    assert.equal(writer.take()?.tick.done, 2);
    assert.equal(writer.take(), null);
    writer.put(tick(3));
    writer.close();
    writer.put(tick(4));
    await clock.advance(10 * TICK_MS);
    assert.deepEqual(
      written.map(({ done }) => done),
      [1],
    );
  });
});

describe("the estimate of the time left", () => {
  /** One percent each 100 ms, from `first` to `last`. */
  async function run({ first, last, total = 100 }: { first: number; last: number; total?: number | null }) {
    const { clock, written, writer } = writing();
    for (let done = first; done <= last; done++) {
      writer.put(tick(done, total));
      await clock.advance(TICK_MS);
    }
    return written;
  }

  it("is null until stable, then follows the rate so far", async () => {
    const written = await run({ first: 0, last: 20 });
    assert.ok(written.filter(({ at }) => at < 1_500).every(({ etaMs }) => etaMs === null));
    assert.deepEqual(written.at(-1)?.done, 20);
    const etaMs = written.at(-1)?.etaMs ?? assert.fail("there is one");
    assert.ok(etaMs >= 8_000 && etaMs <= 8_200, `${etaMs}`); // 80 steps, plus publishing the file
  });

  it("counts only the work of this attempt: work of an earlier holder is not speed", async () => {
    const written = await run({ first: 50, last: 70 });
    const etaMs = written.at(-1)?.etaMs ?? assert.fail("there is one");
    assert.ok(etaMs >= 3_000 && etaMs <= 3_200, `${etaMs}`);
  });

  it("is null without a total, and while there is no progress", async () => {
    assert.ok((await run({ first: 0, last: 20, total: null })).every(({ etaMs }) => etaMs === null));
    const { clock, written, writer } = writing();
    for (let i = 0; i < 20; i++) {
      writer.put(tick(5));
      await clock.advance(TICK_MS);
    }
    assert.ok(written.every(({ etaMs }) => etaMs === null));
  });
});
