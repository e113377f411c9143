/** @module The minutes of all nodes added up. */

import type { PublicActivityPoint } from "../wire/operations.ts";

/** 24 hours. */
const MOST_MINUTES = 1_440;
/** Nodes that died: more than are replaced in a day of ordinary work. */
const MOST_REMEMBERED = 64;

export interface NodeActivity {
  /** `name/incarnation`. */
  node: string;
  points: readonly PublicActivityPoint[];
}

/** Adds up, and keeps the last answers of nodes that have died since, so that their minutes stay in the plot. */
export class MergedActivity {
  readonly #last = new Map<string, readonly PublicActivityPoint[]>();

  /** Every minute from the first point to this one. What `living` nodes do goes on; the others' ends. */
  merge(living: readonly NodeActivity[], now: number): PublicActivityPoint[] {
    for (const { node, points } of living) {
      this.#last.delete(node);
      this.#last.set(node, points);
    }
    const first = now - MOST_MINUTES + 1;
    for (const [node, points] of this.#last) {
      const isOver = (points.at(-1)?.minute ?? 0) < first;
      if (this.#last.size > MOST_REMEMBERED || (isOver && !living.some((one) => one.node === node)))
        this.#last.delete(node);
    }
    const sums = new Map<number, PublicActivityPoint>();
    for (const [node, points] of this.#last) {
      const isAlive = living.some((one) => one.node === node);
      for (const point of everyMinute(points, first, isAlive ? now : (points.at(-1)?.minute ?? 0))) {
        const sum = sums.get(point.minute);
        sums.set(point.minute, sum === undefined ? point : added(sum, point));
      }
    }
    const start = Math.min(...sums.keys());
    const length = sums.size === 0 ? 0 : Math.max(0, now - start + 1);
    return Array.from({ length }, (_, index) => sums.get(start + index) ?? nothing(start + index));
  }
}

/** With the minutes that were left out, in which as much ran and waited as in the one before. */
function* everyMinute(
  points: readonly PublicActivityPoint[],
  first: number,
  last: number,
): Generator<PublicActivityPoint> {
  for (const [index, point] of points.entries()) {
    if (point.minute >= first && point.minute <= last) yield point;
    const next = Math.min(points[index + 1]?.minute ?? last + 1, last + 1);
    const { running, waiting } = point;
    for (let minute = Math.max(first, point.minute + 1); minute < next; minute += 1)
      yield { ...nothing(minute), running, waiting };
  }
}

/** The nodes count the same waiting downloads. */
function added(a: PublicActivityPoint, b: PublicActivityPoint): PublicActivityPoint {
  const length = Math.max(a.waits.length, b.waits.length);
  return {
    minute: a.minute,
    running: a.running + b.running,
    waiting: Math.max(a.waiting, b.waiting),
    ready: a.ready + b.ready,
    failed: a.failed + b.failed,
    waits: Array.from({ length }, (_, index) => (a.waits[index] ?? 0) + (b.waits[index] ?? 0)),
  };
}

function nothing(minute: number): PublicActivityPoint {
  return { minute, running: 0, waiting: 0, ready: 0, failed: 0, waits: [] };
}
