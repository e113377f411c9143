/** @module The clock of the machine. */

import { randomBytes } from "node:crypto";
import type { Cancel, Clock } from "./clock.ts";

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

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const done = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      signal?.addEventListener("abort", done, { once: true });
    }),
  after: (ms, callback): Cancel => {
    const timer = setTimeout(callback, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
  random: Math.random,
  id: () => {
    // A command line would take a word that begins with a hyphen for an option.
    for (;;) {
      const id = randomId();
      if (!id.startsWith("-")) return id;
    }
  },
};
