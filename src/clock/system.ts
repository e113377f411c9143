/** @module The clock of the machine. */

import { randomBytes } from "node:crypto";
import type { Cancel, Clock } from "./clock.ts";

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
      const id = randomBytes(16).toString("base64url");
      if (!id.startsWith("-")) return id;
    }
  },
};
