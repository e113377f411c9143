/** @module Finished downloads for a long history: ten of each user, which expire within a day, the first in an hour. */

import { systemClock as clock } from "../../src/clock/system.ts";
import type { Download } from "../../src/download/download.ts";
import { finishedDownload } from "../../src/ports/contracts/sample-downloads.ts";

const PER_USER = 10;
const HOUR_MS = 3_600_000;

/** The one with this number. */
export function numberedDownload(number: number): Download {
  const now = clock.now();
  return finishedDownload(`user-${Math.floor(number / PER_USER)}`, `finished-${number}`, {
    requestedAt: now - 1_000 - (number % HOUR_MS),
    finishedAt: now,
    expiresAt: now + HOUR_MS + ((number * 83) % (23 * HOUR_MS)),
  });
}

/** Those from one number up to another, without the last. */
export function* numberedDownloads(from: number, to: number): Generator<Download, void, void> {
  for (let number = from; number < to; number++) yield numberedDownload(number);
}
