import assert from "node:assert/strict";
import type { StatsFs } from "node:fs";
import { test } from "node:test";
import { roomOf, shortageOf } from "./disk-room.ts";

const MB = 1_000_000;

function disk(totalBytes: number, freeBytes: number): StatsFs {
  return {
    type: 0,
    bsize: 1,
    blocks: totalBytes,
    bfree: freeBytes,
    bavail: freeBytes,
    files: 0,
    ffree: 0,
  } as StatsFs;
}

test("the reserve is as configured, but at most a tenth of a small disk", () => {
  assert.equal(roomOf(disk(100_000 * MB, 50 * MB), 64 * MB).reserveBytes, 64 * MB);
  assert.equal(roomOf(disk(40 * MB, 30 * MB), 64 * MB).reserveBytes, 4 * MB);
});

test("a write that would use the reserve is reported as a shortage, with figures", () => {
  assert.equal(shortageOf({ freeBytes: 64 * MB, reserveBytes: 64 * MB }), null);
  assert.equal(
    shortageOf({ freeBytes: 63 * MB, reserveBytes: 64 * MB }),
    "disk full: 63.0 MB left, of which 64.0 MB are reserved for records",
  );
});

test("a file system that reports no size has no reserve", () => {
  assert.equal(shortageOf(roomOf(disk(0, 0), 64 * MB)), null);
});
