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

test("a series has the minutes that are asked for", () => {
  const waits = [0, 2, 0, 0];
  const points = [5, 6, 7].map((minute) => ({
    minute,
    running: minute,
    waiting: 0,
    ready: 1,
    failed: 0,
    waits,
  }));
  const series = seriesOf({ points, waitBoundsMs: BOUNDS, unheard: [] }, 2, 7);
  assert.deepEqual(series.times, [360, 420]);
  assert.deepEqual(series.running, [6, 7]);
  assert.deepEqual(series.medianWait, [550, 550]);
});
