/** @module The numbers of the plots: minutes put together into columns, and quantiles of waits. */

import type { PublicActivityPoint, PublicPlots } from "../wire/operations.ts";

/** Columns of equal length; times in seconds since the epoch. */
export interface Series {
  times: number[];
  /** The most at a time. */
  running: number[];
  waiting: number[];
  /** Per minute; null for the minute that is not over. */
  ready: (number | null)[];
  failed: (number | null)[];
  /** Milliseconds; null when nothing began. */
  medianWait: (number | null)[];
  longWait: (number | null)[];
}

/** Of waits, 95 % were shorter than the "long" one. */
const LONG = 0.95;
/** Columns of a plot: more would be narrower than its lines. */
const MOST_COLUMNS = 96;

/** The last minutes up to `now` (minutes since the epoch); before the first point nothing is known. */
export function seriesOf({ points, waitBoundsMs }: PublicPlots, minutes: number, now: number): Series {
  const first = now - minutes + 1;
  const width = Math.ceil(minutes / MOST_COLUMNS);
  const columns = new Map<number, PublicActivityPoint[]>();
  for (const point of points) {
    if (point.minute < first || point.minute > now) continue;
    const start = point.minute - (point.minute % width);
    const column = columns.get(start);
    if (column) column.push(point);
    else columns.set(start, [point]);
  }
  const all = [...columns].sort(([a], [b]) => a - b);
  const perColumn = <Value>(value: (column: readonly PublicActivityPoint[]) => Value) =>
    all.map(([, column]) => value(column));
  const most = (of: "running" | "waiting") =>
    perColumn((column) => Math.max(...column.map((point) => point[of])));
  const perMinute = (of: "ready" | "failed") =>
    perColumn((column) => {
      const whole = column.filter(({ minute }) => minute < now);
      return whole.length === 0 ? null : whole.reduce((sum, point) => sum + point[of], 0) / whole.length;
    });
  const wait = (share: number) => perColumn((column) => quantile(addedWaits(column), waitBoundsMs, share));
  return {
    times: all.map(([start]) => start * 60),
    running: most("running"),
    waiting: most("waiting"),
    ready: perMinute("ready"),
    failed: perMinute("failed"),
    medianWait: wait(0.5),
    longWait: wait(LONG),
  };
}

function addedWaits(column: readonly PublicActivityPoint[]): number[] {
  const sums: number[] = [];
  for (const { waits } of column)
    for (const [index, count] of waits.entries()) sums[index] = (sums[index] ?? 0) + count;
  return sums;
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
