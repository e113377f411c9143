import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeTimeline, readTimeline } from "./timeline-note.ts";

test("a timeline is passed on, and anything else is ignored", () => {
  const life = { system: "7312345678901234567", timeline: 3 };
  assert.deepEqual(readTimeline(encodeTimeline(life)), life);
  for (const note of [
    "",
    "x",
    "null",
    "[]",
    "{}",
    '{"system":1,"timeline":2}',
    '{"system":"1","timeline":0.5}',
  ])
    assert.equal(readTimeline(note), null, note);
});
