import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { rangeAround, TimeLeft } from "./time-left.ts";

test("shows nothing before the estimates agree", () => {
  const left = new TimeLeft();
  assert.equal(left.sample(100_000, 0), null);
  assert.equal(left.sample(99_900, 100), null);
  assert.equal(left.sample(99_800, 200), null);
});

test("a steady estimate becomes a range that contains it", () => {
  const left = new TimeLeft();
  let shown = null;
  for (let now = 0; now <= 4_000; now += 250) shown = left.sample(150_000 - now, now);
  assert.deepEqual(shown, { lowMs: 120_000, highMs: 180_000 });
});

test("wild estimates are not shown", () => {
  const left = new TimeLeft();
  for (let now = 0; now <= 5_000; now += 250) {
    assert.equal(left.sample(now % 500 === 0 ? 5_000 : 400_000, now), null);
  }
});

test("the range doesn't flicker at its edge", () => {
  const left = new TimeLeft();
  const shown = new Set<string>();
  for (let now = 0; now <= 10_000; now += 250) {
    const wobble = now % 500 === 0 ? 3_000 : -3_000;
    shown.add(JSON.stringify(left.sample(120_000 + wobble, now)));
  }
  shown.delete("null");
  assert.equal(shown.size, 1);
});

test("the range disappears when estimates stay away", () => {
  const left = new TimeLeft();
  for (let now = 0; now <= 4_000; now += 250) left.sample(50_000 - now, now);
  assert.notEqual(left.sample(null, 5_000), null);
  assert.equal(left.sample(null, 10_000), null);
});

test("every range contains its estimate and has a whole step", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 100_000_000 }), (leftMs) => {
      const { lowMs, highMs } = rangeAround(leftMs);
      assert.ok(lowMs <= leftMs && leftMs < highMs);
    }),
  );
});
