import assert from "node:assert/strict";
import { test } from "node:test";
import { quantile, seriesOf } from "./cluster-series.ts";

const BOUNDS = [100, 1_000, 10_000];

test("a quantile lies in the bucket of the download that waited so long", () => {
  assert.equal(quantile([0, 0, 0, 0], BOUNDS, 0.5), null);
  assert.equal(quantile([10, 0, 0, 0], BOUNDS, 0.5), 50);
  assert.equal(quantile([5, 4, 1, 0], BOUNDS, 0.95), 5_500);
  assert.equal(quantile([0, 0, 0, 3], BOUNDS, 0.5), 10_000);
  assert.equal(quantile([], BOUNDS, 0.5), null);
});

function pointsOf(minutes: readonly number[]) {
  const waits = [0, 2, 0, 0];
  return minutes.map((minute) => ({
    minute,
    running: minute,
    waiting: 0,
    ready: minute % 3,
    failed: 0,
    waits,
  }));
}

test("an hour has a column for each minute; of the one that is not over, it is not known how many end", () => {
  const plots = { points: pointsOf([4, 5, 6, 7]), waitBoundsMs: BOUNDS, unheard: [] };
  const series = seriesOf(plots, 3, 7);
  assert.deepEqual(series.times, [300, 360, 420]);
  assert.deepEqual(series.running, [5, 6, 7]);
  assert.deepEqual(series.ready, [2, 0, null]);
  assert.deepEqual(series.medianWait, [550, 550, 550]);
});

test("a day has as many columns as can be told apart: the most that ran, and the average of what ended", () => {
  const minutes = Array.from({ length: 1_440 }, (_, index) => 3_000 + index);
  const series = seriesOf({ points: pointsOf(minutes), waitBoundsMs: BOUNDS, unheard: [] }, 1_440, 4_439);
  assert.equal(series.times.length, 96);
  assert.deepEqual([series.running[0], series.running.at(-1)], [3_014, 4_439]);
  assert.deepEqual(series.ready.slice(0, 3), [1, 1, 1]);
});
