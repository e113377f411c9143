/** @module A virtual clock of a process that can be stopped and go on, and of a machine whose time of day is set. */

import { VirtualClock } from "../clock/virtual.testing.ts";
import type { Clock } from "../ports/clock.ts";

export interface StoppableClock {
  clock: Clock;
  /** Lets this much time pass in which the process runs. */
  run(ms: number): Promise<void>;
  /** The process stands still for this long: its timers wait meanwhile, its monotonic clock goes on. */
  stop(ms: number): void;
  /** Sets the time of day ahead, or back when it is negative. */
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
