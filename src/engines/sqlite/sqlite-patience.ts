/** @module Waits for a locked database without blocking the event loop. */

import type { Clock } from "../../ports/clock.ts";
import { retry } from "../../ports/retry.ts";
import { isBusy } from "./sqlite-errors.ts";

export interface LockPatienceOptions {
  clock: Clock;
  /** How long a call waits for a lock before it fails, milliseconds. Default 5,000. */
  busyLimitMs?: number | undefined;
  /** Called at each attempt while another connection holds the lock, with the milliseconds waited so far. */
  onBusy?: ((sinceMs: number) => void) | undefined;
}

const DEFAULT_LIMIT_MS = 5_000;
/** A commit takes about this long, so the first pauses are this short. */
const PAUSES = { firstMs: 1, mostMs: 5 };

/** Retries synchronous work, with short random pauses, as long as SQLite reports "busy". */
export class LockPatience {
  readonly #clock: Clock;
  readonly #limitMs: number;
  readonly #onBusy: (sinceMs: number) => void;

  constructor({ clock, busyLimitMs = DEFAULT_LIMIT_MS, onBusy = () => {} }: LockPatienceOptions) {
    this.#clock = clock;
    this.#limitMs = busyLimitMs;
    this.#onBusy = onBusy;
  }

  /** The result of `work`; its "busy" error only after the limit or when the signal aborts. */
  run<Result>(work: () => Result, signal?: AbortSignal): Promise<Result> {
    const onFailure = (error: unknown, sinceMs: number) => {
      if (!isBusy(error) || signal?.aborted || sinceMs >= this.#limitMs) throw error;
      this.#onBusy(sinceMs);
    };
    return retry(this.#clock, { ...PAUSES, signal, onFailure }, work);
  }
}
