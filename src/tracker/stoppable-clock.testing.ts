/**
 * @module A virtual clock of a process that can be suspended and resumed, on a machine whose time of day can be set.
 */

import { VirtualClock } from "../clock/virtual.testing.ts";
import type { Clock } from "../ports/clock.ts";

export interface StoppableClock {
  clock: Clock;
  /** Advances time while the process runs. */
  run(ms: number): Promise<void>;
  /** Suspends the process for this long: its timers wait, its monotonic clock keeps advancing. */
  stop(ms: number): void;
  /** Sets the time of day forward, or back if negative. */
  setAhead(ms: number): void;
}

export function stoppableClock(): StoppableClock {
  const virtual = new VirtualClock({ seed: 1 });
  let stoppedMs = 0;
  let aheadMs = 0;
  return {
    clock: {
      now: () => virtual.now() + stoppedMs + aheadMs,
      monotonic: () => virtual.monotonic() + stoppedMs,
      sleep: (ms, signal) => virtual.sleep(ms, signal),
      after: (ms, callback) => virtual.after(ms, callback),
      random: () => virtual.random(),
      id: () => virtual.id(),
    },
    run: async (ms) => void (await virtual.advance(ms)),
    stop: (ms) => {
      stoppedMs += ms;
    },
    setAhead: (ms) => {
      aheadMs += ms;
    },
  };
}
