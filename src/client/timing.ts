/** @module Time and chance for the browser: the part of the Clock port that a page needs. */

export interface Timing {
  /** Milliseconds since the epoch. */
  now(): number;
  /** 0 ≤ x < 1. */
  random(): number;
  /** Calls back once after `ms` unless cancelled. */
  after(ms: number, callback: () => void): () => void;
}

export const browserTiming: Timing = {
  now: () => Date.now(),
  random: () => Math.random(),
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};

/** Resolves after `ms`, or at once when the signal aborts. */
export function pause(timing: Timing, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const end = () => {
      cancel();
      signal?.removeEventListener("abort", end);
      resolve();
    };
    const cancel = timing.after(ms, end);
    signal?.addEventListener("abort", end, { once: true });
  });
}

/** Doubles from `firstMs` up to `mostMs`, of which a random half is taken off so that a crowd spreads out. */
export function backoff(timing: Timing, attempt: number, firstMs: number, mostMs: number): number {
  const full = Math.min(mostMs, firstMs * 2 ** Math.min(attempt, 16));
  return full * (0.5 + timing.random() / 2);
}
