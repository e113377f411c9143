/** @module The numbers of the plots: points as columns, and quantiles of waits. */

import type { PublicActivityPoint, PublicPlots } from "../wire/operations.ts";

/** Columns of equal length; times in seconds since the epoch. */
export interface Series {
  times: number[];
  running: number[];
  waiting: number[];
  ready: number[];
  failed: number[];
  /** Milliseconds; null in minutes in which nothing began. */
  medianWait: (number | null)[];
  longWait: (number | null)[];
}

/** Of waits, 95 % were shorter than the "long" one. */
const LONG = 0.95;

/** The last minutes up to `now` (minutes since the epoch); before the first point nothing is known. */
export function seriesOf({ points, waitBoundsMs }: PublicPlots, minutes: number, now: number): Series {
  const first = now - minutes + 1;
  const shown = points.filter(({ minute }) => minute >= first && minute <= now);
  const column = <Value>(value: (point: PublicActivityPoint) => Value) => shown.map(value);
  return {
    times: column(({ minute }) => minute * 60),
    running: column(({ running }) => running),
    waiting: column(({ waiting }) => waiting),
    ready: column(({ ready }) => ready),
    failed: column(({ failed }) => failed),
    medianWait: column(({ waits }) => quantile(waits, waitBoundsMs, 0.5)),
    longWait: column(({ waits }) => quantile(waits, waitBoundsMs, LONG)),
  };
}

/** Interpolated within its bucket; of the last bucket, which has no end, its beginning. Null without any. */
export function quantile(
  counts: readonly number[],
  boundsMs: readonly number[],
  share: number,
): number | null {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  const wanted = total * share;
  let before = 0;
  for (const [index, count] of counts.entries()) {
    if (count > 0 && before + count >= wanted) {
      const low = index === 0 ? 0 : boundsMs[index - 1]!;
      const high = boundsMs[index] ?? low;
      return low + ((high - low) * (wanted - before)) / count;
    }
    before += count;
  }
  return boundsMs.at(-1) ?? null;
}
