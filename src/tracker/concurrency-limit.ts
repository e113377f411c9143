/** @module Lets work through a few at a time, so that the first of many is done early and not all of it late. */

import type { Clock } from "../ports/clock.ts";

export interface TurnstileOptions {
  clock: Pick<Clock, "after">;
  /** At most this many at a time. */
  most: number;
  /** One that takes longer delays nobody: another one is admitted, milliseconds. */
  patienceMs: number;
}

/** First come, first served. */
export class ConcurrencyLimit {
  readonly #options: TurnstileOptions;
  readonly #waiting: (() => Promise<void>)[] = [];
  #inside = 0;

  constructor(options: TurnstileOptions) {
    this.#options = options;
  }

  /** Begins the work, which must not reject, at once if there is room, otherwise in its turn. */
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
