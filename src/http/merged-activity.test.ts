import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { PublicActivityPoint } from "../wire/operations.ts";
import { MergedActivity } from "./merged-activity.ts";

function point(minute: number, change: Partial<PublicActivityPoint> = {}): PublicActivityPoint {
  return { minute, running: 0, waiting: 0, ready: 0, failed: 0, waits: [], ...change };
}

function rows(points: PublicActivityPoint[]) {
  return points.map(({ minute, running, waiting, ready }) => [minute, running, waiting, ready]);
}

describe("the minutes of several nodes", () => {
  test("are added up; what waits is counted once; a minute that is left out is like the one before", () => {
    const a = [
      point(10, { running: 2, waiting: 5, ready: 1, waits: [1] }),
      point(12, { running: 1, waiting: 4 }),
    ];
    const b = [point(11, { running: 3, waiting: 6, ready: 2, waits: [2, 1] })];
    const merged = new MergedActivity().merge(
      [
        { node: "a", points: a },
        { node: "b", points: b },
      ],
      13,
    );
    assert.deepEqual(rows(merged), [
      [10, 2, 5, 1],
      [11, 5, 6, 2],
      [12, 4, 6, 0],
      [13, 4, 6, 0],
    ]);
    assert.deepEqual(merged[1]?.waits, [2, 1]);
  });

  test("stay when a node dies, but it runs nothing afterwards", () => {
    const merged = new MergedActivity();
    const a = { node: "a", points: [point(10, { running: 1 })] };
    merged.merge([a, { node: "b", points: [point(10, { running: 2, ready: 7 })] }], 11);
    assert.deepEqual(rows(merged.merge([a], 12)), [
      [10, 3, 0, 7],
      [11, 1, 0, 0],
      [12, 1, 0, 0],
    ]);
  });

  test("are those of a day, and nothing before a node existed", () => {
    const merged = new MergedActivity();
    assert.deepEqual(merged.merge([{ node: "a", points: [] }], 5_000), []);
    const points = [point(1, { running: 1 }), point(4_900, { running: 2 })];
    const day = merged.merge([{ node: "a", points }], 5_000);
    assert.equal(day.length, 1_440);
    assert.deepEqual([day[0]?.running, day.at(-1)?.running], [1, 2]);
  });
});
