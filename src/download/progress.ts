/** @module Progress that never decreases, and reaches 1 only when the file can be fetched. */

import type { Progress } from "./download.ts";

/** As reported by the generator, before any clamping. */
export interface Tick {
  done: number;
  total: number | null;
  message: string | null;
}

/** The share of the bar for generating: the rest is for publishing the file. */
export const GENERATING_SHARE = 0.99;

export const NO_PROGRESS: Progress = { done: 0, total: null, message: null, fraction: null, etaMs: null };

/**
 * Shown after a file starts over, until its progress passes the earlier value, unless its generator reports a message.
 */
export const STARTING_AGAIN = "Starting again";

/** The progress of a file that starts over. */
export function startingAgain(before: Progress): Progress {
  return { ...before, message: STARTING_AGAIN, etaMs: null };
}

/** The progress to record after a tick: `done` and `fraction` keep their high-water marks. */
export function progressAfter(before: Progress, tick: Tick, etaMs: number | null): Progress {
  const isBehind = before.message === STARTING_AGAIN && finite(tick.done) < before.done;
  return {
    done: Math.max(before.done, finite(tick.done)),
    total: tick.total === null ? before.total : finite(tick.total),
    message: tick.message ?? (isBehind ? STARTING_AGAIN : null),
    fraction: highest(before.fraction, fractionOf(tick)),
    etaMs,
  };
}

/** The later of two records of one download, with the high-water marks of both. */
export function furthest(before: Progress, later: Progress): Progress {
  const { done, fraction } = before;
  return { ...later, done: Math.max(done, later.done), fraction: highest(fraction, later.fraction) };
}

/** The progress of a published file. */
export function finishedProgress(before: Progress): Progress {
  const done = Math.max(before.done, before.total ?? 0);
  return { done, total: done, message: null, fraction: 1, etaMs: 0 };
}

/** 0 to `GENERATING_SHARE`; null without a total to compare with. */
export function fractionOf(tick: Tick): number | null {
  if (tick.total === null || !(tick.total > 0)) return null;
  const share = Math.min(1, Math.max(0, finite(tick.done) / tick.total));
  return share * GENERATING_SHARE;
}

function highest(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.max(a, b);
}

/** A generator may miscalculate; the record must have a number that JSON can represent. */
function finite(value: number): number {
  return Number.isFinite(value) ? Math.max(0, value) : 0;
}
