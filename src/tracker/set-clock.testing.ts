/** @module The machine's clock after it was set: the time of day jumps, nothing else does. */

import { systemClock } from "../clock/system.ts";
import type { Clock } from "../ports/clock.ts";

/** `set` puts the time of day ahead by this many milliseconds of what it truly is, or behind. */
export function settableClock(aheadMs = 0): { clock: Clock; set(aheadMs: number): void } {
  let ahead = aheadMs;
  return {
    clock: { ...systemClock, now: () => systemClock.now() + ahead },
    set: (to) => {
      ahead = to;
    },
  };
}
