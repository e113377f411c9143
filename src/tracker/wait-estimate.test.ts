import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { startsInMs, WaitEstimate } from "./wait-estimate.ts";

describe("how long a kind takes", () => {
  it("is unknown without completed downloads", () => {
    const wait = new WaitEstimate();
    wait.finished("csv", 1_000);
    assert.deepEqual([wait.meanMs("csv"), wait.meanMs("pdf")], [1_000, null]);
  });

  it("follows recent durations, without jumping", () => {
    const wait = new WaitEstimate();
    wait.finished("csv", 1_000);
    wait.finished("csv", 2_000);
    assert.equal(wait.meanMs("csv"), 1_200);
    for (let i = 0; i < 50; i++) wait.finished("csv", 2_000);
    assert.equal(Math.round(wait.meanMs("csv")!), 2_000);
  });
});

describe("when a download gets its place", () => {
  const places = (...freeInMs: number[]) => freeInMs.map((ms) => ({ freeInMs: ms, count: 1 }));

  it("is unknown without places", () => {
    assert.equal(startsInMs(1, [], 1_000), null);
  });

  it("is when the places of those before it are taken", () => {
    const starts = [1, 2, 3, 4, 5].map((position) => startsInMs(position, places(300, 900), 1_000));
    assert.deepEqual(starts, [300, 900, 1_300, 1_900, 2_300]);
  });

  it("counts a place that is busy for long only from when it is free", () => {
    const starts = [1, 2, 3, 4].map((position) => startsInMs(position, places(0, 2_500), 1_000));
    assert.deepEqual(starts, [0, 1_000, 2_000, 2_500]);
  });

  it("counts places that become free together", () => {
    const many = [
      { freeInMs: 0, count: 2 },
      { freeInMs: 500, count: 1_000 },
    ];
    const starts = [1, 2, 3, 1_002, 1_003, 1_005].map((position) => startsInMs(position, many, 1_000));
    assert.deepEqual(starts, [0, 0, 500, 500, 1_000, 1_500]);
  });

  it("is an end even for files that take no time", () => {
    assert.equal(startsInMs(4, places(0), 0), 3);
  });
});
