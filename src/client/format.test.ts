import assert from "node:assert/strict";
import { test } from "node:test";
import { fileSize, moment, ordinal, percentage, timeRange } from "./format.ts";

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

test("ordinals", () => {
  assert.deepEqual(
    [1, 2, 3, 4, 11, 12, 13, 21, 102].map((value) => ordinal(value, "en")),
    ["1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "102nd"],
  );
  assert.equal(ordinal(3, "de"), "3.");
});

test("percents", () => {
  assert.equal(percentage(41, "en"), "41%");
});

test("times are shown only as precisely as needed", () => {
  const now = Date.parse("2026-01-02T10:00:00Z");
  const told = (time: string) => moment(time, now, "en-GB", "UTC");
  assert.equal(told("2026-01-02T18:30:00Z"), "18:30 UTC");
  assert.match(told("2026-01-03T09:05:00Z"), /^Saturday.* 0?9:05 UTC$/);
  assert.equal(told("2026-03-03T09:05:00Z"), "3 March");
  assert.equal(told("never"), "");
});
