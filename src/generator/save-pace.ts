/** @module When a checkpoint is worth its save. */

import type { Clock } from "../ports/clock.ts";

/** At most one checkpoint per percent of the elapsed time: a one-hour run has about 500 of them, a day's 800. */
const CHECKPOINT_SHARE = 0.01;
/** Limit for the pauses due to a slow store: losing work in a crash is worse than working slowly. */
const LONGEST_SAVE_PAUSE_MS = 5_000;

/**
 * Due is what comes a pause after the end of the last save: `checkpointMs`, a percent of the run's time so far, or as long
 * as that save took (5 s at most), whichever is longest. So a slow store takes half of the time, unless its saves take
 * longer than that. What a death loses is the work of one pause, up to the first checkpoint after it, and the save under
 * way.
 */
export class SavePace {
  readonly #clock: Pick<Clock, "monotonic">;
  readonly #checkpointMs: number;
  readonly #startedAt: number;
  /** When the last save ended, and how long the generator waited for it. */
  #savedAt: number;
  #saveMs = 0;
  #isHurried = false;

  /** Begins with the run. With `checkpointMs` 0 each is due. */
  constructor(clock: Pick<Clock, "monotonic">, checkpointMs: number) {
    this.#clock = clock;
    this.#checkpointMs = checkpointMs;
    this.#startedAt = clock.monotonic();
    this.#savedAt = this.#startedAt;
  }

  get isDue(): boolean {
    if (this.#isHurried || this.#checkpointMs === 0) return true;
    const now = this.#clock.monotonic();
    const pauseMs = Math.max(
      this.#checkpointMs,
      CHECKPOINT_SHARE * (now - this.#startedAt),
      Math.min(this.#saveMs, LONGEST_SAVE_PAUSE_MS),
    );
    return now - this.#savedAt >= pauseMs;
  }

  /** The next one is due, whenever the last was. */
  hurry(): void {
    this.#isHurried = true;
  }

  /** One is saved from here on: what is hurried now is another one. */
  begins(): void {
    this.#isHurried = false;
  }

  /** It was saved. The generator has waited since `startedAt`, on the monotonic clock. */
  ended(startedAt: number): void {
    this.#savedAt = this.#clock.monotonic();
    this.#saveMs = this.#savedAt - startedAt;
  }
}
