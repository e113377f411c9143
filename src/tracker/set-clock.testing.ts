/** @module The machine's clock after it was set: only the time of day jumps. */

import { systemClock } from "../clock/system.ts";
import type { Clock } from "../ports/clock.ts";

/** `set` makes the time of day fast by this many milliseconds, or slow if negative. */
export function settableClock(aheadMs = 0): { clock: Clock; set(aheadMs: number): void } {
  let ahead = aheadMs;
  return {
    clock: { ...systemClock, now: () => systemClock.now() + ahead },
    set: (to) => {
      ahead = to;
    },
  };
}
