/** @module Waiting for a locked database without blocking the event loop. */

import type { Clock } from "../../ports/clock.ts";
import { isBusy } from "./sqlite-errors.ts";

export interface PatienceOptions {
  clock: Clock;
  /** How long a call waits for a lock before it fails, milliseconds. Default 5,000. */
  busyLimitMs?: number | undefined;
  /** Called at each try while something else holds the lock, with the milliseconds waited so far. */
  onBusy?: ((sinceMs: number) => void) | undefined;
}

const DEFAULT_LIMIT_MS = 5_000;
/** A commit takes about this long, so the first pauses are this short. */
const SHORTEST_PAUSE_MS = 1;
const LONGEST_PAUSE_MS = 5;

/** Tries synchronous work again, with short random pauses, for as long as SQLite says "busy". */
export class Patience {
  readonly #clock: Clock;
  readonly #limitMs: number;
  readonly #onBusy: (sinceMs: number) => void;

  constructor({ clock, busyLimitMs = DEFAULT_LIMIT_MS, onBusy = () => {} }: PatienceOptions) {
    this.#clock = clock;
    this.#limitMs = busyLimitMs;
    this.#onBusy = onBusy;
  }

  /** A wait that has just begun. */
  begin(): Wait {
    const since = this.#clock.monotonic();
    let pauseMs = SHORTEST_PAUSE_MS;
    return {
      pause: async (signal) => {
        const waitedMs = this.#clock.monotonic() - since;
        if (waitedMs >= this.#limitMs) return false;
        this.#onBusy(waitedMs);
        // Random, or two processes would meet again and again.
        await this.#clock.sleep(pauseMs * (0.5 + this.#clock.random()), signal);
        pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
        return true;
      },
    };
  }

  /** The result of `work`; its "busy" error only when the limit is over. */
  async run<Result>(work: () => Result): Promise<Result> {
    let wait: Wait | undefined;
    for (;;) {
      try {
        return work();
      } catch (error) {
        if (!isBusy(error)) throw error;
        wait ??= this.begin();
        if (!(await wait.pause())) throw error;
      }
    }
  }
}

export interface Wait {
  /** Waits a moment; false, at once, when the limit is over. */
  pause(signal?: AbortSignal): Promise<boolean>;
}
