import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultWords, fill, formatOf, wordsWith } from "./words.ts";

test("the first override wins; what is unknown or no text is ignored", () => {
  const words = wordsWith({ title: "A" }, { title: "B", cancel: "Stop", nonsense: "x", retry: 3 });
  assert.deepEqual([words.title, words.cancel, words.retry], ["A", "Stop", defaultWords.retry]);
  assert.ok(!("nonsense" in words));
});

test("values replace their names, unknown names stay", () => {
  assert.equal(fill("{done} of {total} {x}", { done: "1", total: "{done}" }), "1 of {done} {x}");
});

test("a format is the end of a kind", () => {
  assert.deepEqual(["cities.pdf", "a.b.ndjson", "fake", "v1.x"].map(formatOf), [
    "PDF",
    "NDJSON",
    "file",
    "file",
  ]);
});
