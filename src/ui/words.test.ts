import assert from "node:assert/strict";
import { test } from "node:test";
import { wordsIn } from "./words/every.ts";
import { asWords, fill, formatOf, pieces, wordsWith } from "./words.ts";

const english = wordsIn("en");

test("the first override wins; what is unknown or no text is ignored", () => {
  const words = wordsWith(english, { title: "A" }, { title: "B", cancel: "Stop", nonsense: "x", retry: 3 });
  assert.deepEqual([words.title, words.cancel, words.retry], ["A", "Stop", english.retry]);
  assert.ok(!("nonsense" in words));
});

test("values replace their names, unknown names stay", () => {
  assert.equal(fill("{done} of {total} {x}", { done: "1", total: "{done}" }), "1 of {done} {x}");
});

test("a text in pieces tells its values apart", () => {
  assert.deepEqual(pieces("{name} herunterladen", { name: "a{b}.pdf" }), [
    { text: "a{b}.pdf", isValue: true },
    { text: " herunterladen", isValue: false },
  ]);
});

test("a format is the end of a kind", () => {
  const formats = ["cities.pdf", "a.b.ndjson", "fake", "v1.x"].map((kind) => formatOf(kind, english));
  assert.deepEqual(formats, ["PDF", "NDJSON", "file", "file"]);
});

test("names of parameters and kinds as words", () => {
  assert.deepEqual(["createdAfter", "created_after", "monthly-report"].map(asWords), [
    "Created after",
    "Created after",
    "Monthly report",
  ]);
});
