/** @module The clock of the machine. */

import { randomBytes } from "node:crypto";
import { type Cancel, type Clock, delayOf } from "../ports/clock.ts";

const ID_BYTES = 16;
const POOL_BYTES = 256 * ID_BYTES;
let pool = Buffer.alloc(0);

/** Asking the system for randomness costs more than the bytes do: it is asked for many ids at a time. */
function randomId(): string {
  if (pool.length === 0) pool = randomBytes(POOL_BYTES);
  const id = pool.toString("base64url", 0, ID_BYTES);
  pool = pool.subarray(ID_BYTES);
  return id;
}

/** Some 24.8 days. The system fires a timer that is set further ahead at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** A chain of timers where one does not reach. */
function startTimer(ms: number, callback: () => void, keepsAlive: boolean): Cancel {
  let timer: NodeJS.Timeout;
  const set = (leftMs: number) => {
    const isLast = leftMs <= LONGEST_TIMER_MS;
    timer = isLast
      ? setTimeout(callback, leftMs)
      : setTimeout(set, LONGEST_TIMER_MS, leftMs - LONGEST_TIMER_MS);
    if (!keepsAlive) timer.unref();
  };
  set(delayOf(ms));
  return () => clearTimeout(timer);
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const done = () => {
        cancel();
        signal?.removeEventListener("abort", done);
        resolve();
      };
      const cancel = startTimer(ms, done, true);
      signal?.addEventListener("abort", done, { once: true });
    }),
  after: (ms, callback) => startTimer(ms, callback, false),
  random: Math.random,
  id: () => {
    // A command line would take a word that begins with a hyphen for an option.
    for (;;) {
      const id = randomId();
      if (!id.startsWith("-")) return id;
    }
  },
};
