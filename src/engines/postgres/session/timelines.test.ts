import assert from "node:assert/strict";
import { test } from "node:test";
import { Timelines } from "./timelines.ts";

test("a server on a lower timeline than was seen is refused, also if another node saw it", () => {
  const timelines = new Timelines();
  assert.equal(timelines.refusalOf({ system: "7", timeline: 1 }), null);
  let raised = 0;
  const stop = timelines.onRaise(() => {
    raised += 1;
  });
  timelines.note({ system: "7", timeline: 2 });
  timelines.note({ system: "7", timeline: 1 });
  assert.deepEqual(timelines.highest(), { system: "7", timeline: 2 });
  assert.equal(raised, 1);
  assert.match(timelines.refusalOf({ system: "7", timeline: 1 })!, /its timeline is 1, but .* timeline 2/);
  assert.equal(timelines.refusalOf({ system: "7", timeline: 3 }), null);
  stop();
  timelines.note({ system: "7", timeline: 4 });
  assert.equal(raised, 1);
});

test("another database is refused, however high its timeline, and changes nothing", () => {
  const timelines = new Timelines();
  timelines.note({ system: "7", timeline: 2 });
  timelines.note({ system: "8", timeline: 9 });
  assert.deepEqual(timelines.highest(), { system: "7", timeline: 2 });
  assert.match(timelines.refusalOf({ system: "8", timeline: 9 })!, /another database/);
});
