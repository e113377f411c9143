import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { claim, request } from "../download/transitions.ts";
import { Activity, MOST_POINTS } from "./activity.ts";
import { WAIT_BOUNDS_MS } from "./status.ts";

const MINUTE_MS = 60_000;
const ASKED = request({ user: "ann", slot: "default", kind: "k", params: null }, 0, "id");
const LIMITS = { maxHandovers: 5, errorRetentionMs: 1 };

function setUp() {
  const time = { now: 100 * MINUTE_MS };
  return { time, activity: new Activity({ now: () => time.now }) };
}

describe("the activity of a node", () => {
  it("has the most that ran and waited in a minute, and what was left after it", () => {
    const { time, activity } = setUp();
    activity.look(3, 7);
    activity.look(1, 2);
    time.now += 5 * MINUTE_MS;
    activity.look(2, 2);
    const points = activity.points().map(({ minute, running, waiting }) => [minute, running, waiting]);
    assert.deepEqual(points, [
      [100, 3, 7],
      [101, 1, 2],
      [105, 2, 2],
    ]);
  });

  it("counts what ended, and how long the first claim was waited for", () => {
    const { activity } = setUp();
    const first = claim(ASKED, "a/1", 300, LIMITS);
    activity.began(first);
    activity.began(claim(first, "b/1", 400, LIMITS));
    activity.began(claim(ASKED, "a/1", 5 * 3_600_000, LIMITS));
    activity.ended({ state: "ready" });
    activity.ended({ state: "error" });
    activity.ended({ state: "processing" });
    const [point] = activity.points();
    assert.deepEqual([point?.ready, point?.failed], [1, 1]);
    const waits = new Array(WAIT_BOUNDS_MS.length + 1).fill(0);
    waits[WAIT_BOUNDS_MS.indexOf(500)] = 1;
    waits[WAIT_BOUNDS_MS.length] = 1;
    assert.deepEqual(point?.waits, waits);
  });

  it("keeps 24 hours, and the point that says how they began", () => {
    const { time, activity } = setUp();
    for (let minute = 0; minute < 2 * MOST_POINTS; minute += 1) {
      activity.look(minute % 5, 0);
      time.now += MINUTE_MS;
    }
    const points = activity.points();
    assert.ok(points.length <= MOST_POINTS + 1, `${points.length}`);
    assert.equal(points.at(-1)?.minute, 100 + 2 * MOST_POINTS - 1);
  });

  it("goes on in the same minute when the clock is set back", () => {
    const { time, activity } = setUp();
    activity.ended({ state: "ready" });
    time.now -= 10 * MINUTE_MS;
    activity.ended({ state: "ready" });
    assert.deepEqual(
      activity.points().map(({ minute, ready }) => [minute, ready]),
      [[100, 2]],
    );
  });
});
