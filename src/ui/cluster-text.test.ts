import assert from "node:assert/strict";
import { test } from "node:test";
import { counted, duration, nameOf, percentOf, since, toldEvent } from "./cluster-text.ts";

test("durations have one unit, or two", () => {
  const written = [0, 350, 12_900, 60_000, 185_000, 7_800_000, 356_400_000].map(duration);
  assert.deepEqual(written, ["0 ms", "350 ms", "12 s", "1 min", "3 min 5 s", "2 h 10 min", "4 d 3 h"]);
});

test("a time that is a little ahead is now", () => {
  assert.equal(since("2026-01-01T00:00:05.000Z", Date.parse("2026-01-01T00:00:00.000Z")), "now");
});

test("a percentage is whole, and never 100", () => {
  assert.deepEqual([null, 0, 0.419, 1].map(percentOf), [null, 0, 41, 99]);
});

test("names and counts", () => {
  assert.deepEqual([nameOf("n1/ab"), nameOf("n1"), nameOf("a/b/c")], ["n1", "n1", "a/b"]);
  assert.deepEqual([counted(1, "node"), counted(5_000, "download")], ["1 node", "5,000 downloads"]);
});

test("an event of a story says who, from whom and why", () => {
  const at = "2026-01-01T00:00:00.000Z";
  assert.deepEqual(toldEvent({ type: "claimed", at, node: "n2/b", from: "n1/a", epoch: 2, anew: true }), {
    title: "Moved to n2",
    detail: "n1 died; starts over with another revision; claim 2",
  });
  assert.deepEqual(toldEvent({ type: "attempt-failed", at, node: "n2/b", code: "x", message: "no luck" }), {
    title: "Attempt failed on n2",
    detail: "x: no luck",
  });
  assert.deepEqual(toldEvent({ type: "failed", at, code: "x" }), { title: "Failed", detail: "x" });
});
