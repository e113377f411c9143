import assert from "node:assert/strict";
import { test } from "node:test";
import { advanceView } from "../client/download-view.ts";
import { at, ready, sample } from "../client/sample.testing.ts";
import { describe, type Language, nameOf, rowFacts } from "./describe.ts";
import { namesOf } from "./kind-names.ts";
import { orders } from "./orders.testing.ts";
import { everyLanguage, wordsIn } from "./words/every.ts";

const words = wordsIn("en");

const language: Language = {
  words,
  locale: "en-GB",
  now: Date.parse("2026-01-02T03:04:05Z"),
  timeZone: "UTC",
};

function running(done: number, total: number | null, message: string | null = null) {
  const fraction = total === null ? null : Math.min(1, done / total);
  return describe(advanceView(undefined, sample({ progress: { done, total, fraction, message } })), language);
}

test("without a total it says how much there is so far", () => {
  assert.deepEqual(running(1_234, null).facts, ["1,234 so far"]);
  const reading = running(1_234, null, "reading orders");
  assert.deepEqual([reading.line, reading.detail], ["Generating file…", "reading orders"]);
  assert.deepEqual(reading.facts, ["1,234 so far"]);
  assert.deepEqual(running(1_234, null, "1,234 orders").facts, [], "the message has the count");
  assert.deepEqual(running(0, null).facts, []);
});

test("with a total it says how much of it; with one that was too small it says no nonsense", () => {
  assert.deepEqual(running(20, 60).facts, ["20 of 60"]);
  const finishing = running(20, 20);
  assert.deepEqual([finishing.line, finishing.percent], ["Finishing the file…", "99%"]);
  const more = running(60, 20);
  assert.deepEqual([more.line, more.facts], ["Generating file…", ["60 so far"]]);
});

test("a download is called by its file, else by the page, else by its export, else by its kind in words", () => {
  const name = (kind: string, names?: Language["names"]) => nameOf({ kind, file: null }, { words, names });
  assert.equal(nameOf(ready(), language), "cities.pdf");
  assert.equal(name("orders.csv", { "orders.csv": "All orders" }), "All orders");
  assert.equal(name("orders.csv", namesOf([orders], words)), "Orders (CSV)");
  assert.equal(name("monthly-report.xlsx", namesOf([orders], words)), "Monthly report (XLSX)");
  assert.equal(name("fake"), "Fake");
  assert.equal(name("constructor", {}), "Constructor");
});

test("a row says what sets a download apart, not what all have in common", () => {
  const facts = (download: Parameters<typeof advanceView>[1]) =>
    rowFacts(advanceView(undefined, download), language);
  assert.deepEqual(facts(at(0.5)), ["500 of 1,000"]);
  assert.deepEqual(facts(at(null)), ["Generating file…"]);
  assert.deepEqual(facts(sample({ state: "pending", node: null, position: 1 })), ["next in line"]);
  assert.deepEqual(facts(at(0.5, { node: null })), ["Looking for another server…", "500 of 1,000"]);
  assert.deepEqual(facts(ready({ finishedAt: "2026-01-02T02:58:00.000Z" })), [
    "12.3 MB",
    "6 min ago",
    "until Sat, 03:04 UTC",
  ]);
});

test("in each language numbers, times and names are its own", () => {
  const view = advanceView(undefined, ready({ finishedAt: "2025-12-31T02:58:00.000Z" }));
  const facts = (locale: string) =>
    rowFacts(view, { ...language, locale, words: everyLanguage[locale.slice(0, 2)]! });
  assert.deepEqual(facts("de"), ["12,3 MB", "vorgestern", "bis Sa, 03:04 UTC"]);
  assert.match(facts("fr").join(), /^12,3\sMo,avant-hier,expire sam\. 03:04 UTC$/);
  assert.match(facts("ja").join(), /^12\.3 MB,一昨日,/);
});
