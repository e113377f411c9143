import assert from "node:assert/strict";
import { test } from "node:test";
import { advanceView } from "../client/download-view.ts";
import { sample } from "../client/sample.testing.ts";
import { describe, problemText } from "./describe.ts";
import { wordsWith } from "./words.ts";

const words = wordsWith();
const language = { words, locale: "en", now: Date.parse("2026-01-02T03:04:05Z") };

function running(done: number, total: number | null, message: string | null = null) {
  const fraction = total === null ? null : Math.min(1, done / total);
  return describe(advanceView(undefined, sample({ progress: { done, total, fraction, message } })), language);
}

test("without a total it says how much there is so far", () => {
  assert.deepEqual(running(1_234, null).facts, ["1,234 so far"]);
  assert.deepEqual(running(1_234, null, "reading orders").facts, ["reading orders", "1,234 so far"]);
  assert.deepEqual(running(0, null).facts, []);
});

test("with a total it says how much of it; with one that was too small it says no nonsense", () => {
  assert.deepEqual(running(20, 60).facts, ["20 of 60"]);
  const finishing = running(20, 20);
  assert.deepEqual([finishing.line, finishing.percent], ["Finishing the file…", "99%"]);
  const more = running(60, 20);
  assert.deepEqual([more.line, more.facts], ["Generating file…", ["60 so far"]]);
});

test("a refusal is shown in the page's words, if it has some", () => {
  const problem = { code: "signed-out", message: "x", retriable: true };
  assert.equal(problemText(problem, wordsWith({ signedOut: "Abgemeldet" })), "Abgemeldet");
  assert.equal(problemText({ ...problem, code: "invalid-parameters" }, words), "x");
});
