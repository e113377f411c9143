/** @module Limits how many chunks are in flight over one connection. */

import type { Clock } from "../../../ports/clock.ts";

/** Fills a quick network; at 512 KiB each, 4 MiB. */
const MOST = 8;
const AT_FIRST = 2;
/** A slower answer means that chunks are queueing up on the way. */
const QUICK_MS = 250;
/** Pings queue behind chunks: a connection whose ping waits for some seconds is presumed dead. */
const SLOW_MS = 1_000;

/** Grows while answers come quickly and shrinks when they are slow, so that a slow link is not flooded. */
export class Window {
  readonly #clock: Pick<Clock, "monotonic">;
  readonly #waiting: (() => void)[] = [];
  #limit = AT_FIRST;
  #busy = 0;

  constructor(clock: Pick<Clock, "monotonic">) {
    this.#clock = clock;
  }

  /** Runs the work when there is room, first come, first served. */
  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#busy < this.#limit) this.#busy += 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    const since = this.#clock.monotonic();
    let done = false;
    try {
      const result = await work();
      done = true;
      return result;
    } finally {
      this.#adapt(this.#clock.monotonic() - since, done);
      this.#busy -= 1;
      this.#admit();
    }
  }

  #adapt(tookMs: number, done: boolean): void {
    if (tookMs > SLOW_MS) this.#limit = Math.max(1, this.#limit >> 1);
    else if (done && tookMs < QUICK_MS) this.#limit = Math.min(MOST, this.#limit + 1);
  }

  /** A work item that was admitted already has its slot. */
  #admit(): void {
    while (this.#busy < this.#limit) {
      const next = this.#waiting.shift();
      if (!next) return;
      this.#busy += 1;
      next();
    }
  }
}
