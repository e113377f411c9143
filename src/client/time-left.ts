/** @module Turns jumpy estimates of the time left into a calm range, or into nothing while they disagree. */

import { DAY, HOUR, MINUTE, SECOND } from "./durations.ts";

/** Both ends in milliseconds. `lowMs` 0 means "less than `highMs`". */
export interface TimeRange {
  lowMs: number;
  highMs: number;
}

/** Width of the range for a time left of this size: no more precise than the estimate. */
function widthMs(leftMs: number): number {
  if (leftMs < MINUTE) return 10 * SECOND;
  if (leftMs < 10 * MINUTE) return MINUTE;
  if (leftMs < HOUR) return 5 * MINUTE;
  if (leftMs < 10 * HOUR) return HOUR;
  return leftMs < 2 * DAY ? DAY / 4 : DAY;
}

export function rangeAround(leftMs: number): TimeRange {
  const width = widthMs(leftMs);
  const lowMs = Math.floor(leftMs / width) * width;
  return { lowMs, highMs: lowMs + width };
}

/** For one download. Pass it every estimate that arrives. */
export class TimeLeft {
  #samples = 0;
  #firstAt = 0;
  #lastAt = 0;
  /** Smoothed end time, and how far single estimates deviate from it. */
  #endAt = 0;
  #strayMs = 0;
  #shown: TimeRange | null = null;

  /** The range to show now; null while the estimates are too few or too far apart. */
  sample(etaMs: number | null, now: number): TimeRange | null {
    if (etaMs === null) {
      if (now - this.#lastAt > 5 * SECOND) this.#shown = null;
      return this.#shown;
    }
    this.#smooth(now + etaMs, now);
    const leftMs = Math.max(0, this.#endAt - now);
    this.#shown = this.#isStable(leftMs, now) ? this.#calm(leftMs) : null;
    return this.#shown;
  }

  #smooth(endAt: number, now: number): void {
    if (this.#samples === 0) {
      this.#firstAt = now;
      this.#endAt = endAt;
    }
    this.#samples += 1;
    this.#lastAt = now;
    this.#strayMs += 0.3 * (Math.abs(endAt - this.#endAt) - this.#strayMs);
    this.#endAt += 0.3 * (endAt - this.#endAt);
  }

  #isStable(leftMs: number, now: number): boolean {
    const longEnough = this.#samples >= 4 && now - this.#firstAt >= 1.5 * SECOND;
    return longEnough && this.#strayMs <= 0.35 * leftMs + SECOND;
  }

  /** Keeps the shown range until the estimate has clearly left it, so that the words don't flicker at its edge. */
  #calm(leftMs: number): TimeRange {
    const shown = this.#shown;
    if (shown) {
      const slack = 0.2 * (shown.highMs - shown.lowMs);
      if (leftMs >= shown.lowMs - slack && leftMs <= shown.highMs + slack) return shown;
    }
    return rangeAround(leftMs);
  }
}
