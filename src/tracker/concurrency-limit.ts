/** @module Limits concurrency, so that the first of many tasks finish early instead of all of them late. */

import type { Clock } from "../ports/clock.ts";

export interface TurnstileOptions {
  clock: Pick<Clock, "after">;
  /** At most this many at a time. */
  most: number;
  /** After this time, in milliseconds, a task no longer counts, and another one is admitted. */
  patienceMs: number;
}

/** First in, first out. */
export class ConcurrencyLimit {
  readonly #options: TurnstileOptions;
  readonly #waiting: (() => Promise<void>)[] = [];
  #inside = 0;

  constructor(options: TurnstileOptions) {
    this.#options = options;
  }

  /** Starts the work, which must not reject, at once if possible, otherwise in its turn. */
  pass(work: () => Promise<void>): void {
    this.#waiting.push(work);
    this.#admit();
  }

  #admit(): void {
    while (this.#inside < this.#options.most) {
      const work = this.#waiting.shift();
      if (!work) return;
      void this.#run(work);
    }
  }

  async #run(work: () => Promise<void>): Promise<void> {
    const { clock, patienceMs } = this.#options;
    let isInside = true;
    const leave = () => {
      if (!isInside) return;
      isInside = false;
      this.#inside -= 1;
      this.#admit();
    };
    this.#inside += 1;
    const cancel = clock.after(patienceMs, leave);
    await work();
    cancel();
    leave();
  }
}
