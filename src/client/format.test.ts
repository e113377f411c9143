import assert from "node:assert/strict";
import { test } from "node:test";
import { age, fileSize, list, moment, percentage, timeRange } from "./format.ts";

test("time ranges", () => {
  assert.equal(timeRange({ lowMs: 20_000, highMs: 30_000 }, "en"), "20–30 sec");
  assert.equal(timeRange({ lowMs: 0, highMs: 10_000 }, "en"), "10 sec");
  assert.equal(timeRange({ lowMs: 120_000, highMs: 180_000 }, "en"), "2–3 min");
  assert.equal(timeRange({ lowMs: 3_600_000, highMs: 7_200_000 }, "en"), "1–2 hr");
  assert.equal(timeRange({ lowMs: 120_000, highMs: 180_000 }, "de"), "2–3 Min.");
});

test("file sizes, in decimal units", () => {
  assert.equal(fileSize(0, "en"), "0 bytes");
  assert.equal(fileSize(1, "en"), "1 byte");
  assert.equal(fileSize(999, "en"), "999 bytes");
  assert.equal(fileSize(1_000, "en"), "1 kB");
  assert.equal(fileSize(999_999, "en"), "1 MB");
  assert.equal(fileSize(12_345_678, "en"), "12.3 MB");
  assert.equal(fileSize(123_456_789, "en"), "123 MB");
  assert.equal(fileSize(6_800_000_000, "en"), "6.8 GB");
});

test("long times are told in days", () => {
  const hours = (low: number, high: number, locale = "en") =>
    timeRange({ lowMs: low * 3_600_000, highMs: high * 3_600_000 }, locale);
  assert.equal(hours(30, 36), "30–36 hr");
  assert.equal(hours(80, 81), "3–4 days");
  assert.match(hours(72, 96, "fr"), /^3–4\sjours$/);
});

test("ages", () => {
  const now = Date.parse("2026-01-02T10:00:00Z");
  assert.equal(age("2026-01-02T09:59:30Z", now, "en"), null);
  assert.equal(age("2026-01-02T10:00:30Z", now, "en"), null, "a clock that is ahead");
  assert.equal(age("2026-01-02T09:55:00Z", now, "en-GB"), "5 min ago");
  assert.equal(age("2026-01-02T07:55:00Z", now, "de"), "vor 2 Std.");
  assert.equal(age("2026-01-01T07:55:00Z", now, "en"), "yesterday");
  assert.equal(age("never", now, "en"), null);
});

test("lists", () => {
  assert.equal(list(["a", "b", "c"], "en"), "a, b, c");
  assert.equal(list(["a"], "ja"), "a");
});

test("percents", () => {
  assert.equal(percentage(41, "en"), "41%");
});

test("times are shown only as precisely as needed", () => {
  const now = Date.parse("2026-01-02T10:00:00Z");
  const told = (time: string) => moment(time, now, "en-GB", { timeZone: "UTC" });
  assert.equal(told("2026-01-02T18:30:00Z"), "18:30 UTC");
  assert.match(told("2026-01-03T09:05:00Z"), /^Saturday.* 0?9:05 UTC$/);
  assert.equal(told("2026-03-03T09:05:00Z"), "3 March");
  assert.equal(told("never"), "");
  assert.match(
    moment("2026-01-03T09:05:00Z", now, "en-GB", { timeZone: "UTC", short: true }),
    /^Sat,? 0?9:05 UTC$/,
  );
});
