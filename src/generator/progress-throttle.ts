/** @module Lets a generator report as often as it likes: the host hears it at most once per 100 ms. */

import type { Cancel, Clock } from "../clock/clock.ts";
import type { Host } from "./executor.ts";

/** Milliseconds between two calls of the host. */
const INTERVAL_MS = 100;
const LONGEST_MESSAGE = 200;

/** The latest value is never lost: it is told when the interval is over, or by `flush`. */
export class ProgressThrottle {
  readonly #host: Host;
  readonly #clock: Clock;
  #toldAt = Number.NEGATIVE_INFINITY;
  #progressAt = Number.NEGATIVE_INFINITY;
  #cancel: Cancel | null = null;
  #news: "progress" | "alive" | null = null;
  #done = 0;
  #total: number | null = null;
  #message: string | null = null;

  constructor(host: Host, clock: Clock) {
    this.#host = host;
    this.#clock = clock;
  }

  /** What is left out stays as it was; null clears it. A number that is none is left out. */
  progress(done: number, total?: number | null, message?: string | null): void {
    if (Number.isFinite(done)) this.#done = done;
    if (total === null || Number.isFinite(total)) this.#total = total as number | null;
    if (message !== undefined) this.#message = message;
    this.#news = "progress";
    this.#tellSoon();
  }

  /** A sign of life without news. */
  alive(): void {
    this.#news ??= "alive";
    this.#tellSoon();
  }

  /** Tells the host now what it has not heard yet. */
  flush(): void {
    const news = this.#news;
    if (news === null) return;
    this.#news = null;
    this.#toldAt = this.#clock.monotonic();
    if (news === "alive") {
      this.#host.alive();
    } else {
      this.#progressAt = this.#toldAt;
      const message = this.#message === null ? null : String(this.#message).slice(0, LONGEST_MESSAGE);
      this.#host.progress(this.#done, this.#total, message);
    }
  }

  /** Tells nothing any more. */
  stop(): void {
    this.#news = null;
    this.#cancel?.();
    this.#cancel = null;
  }

  /** Looks at the clock at every call, as a generator that never waits lets no timer fire. */
  #tellSoon(): void {
    const lastAt = this.#news === "progress" ? this.#progressAt : this.#toldAt;
    const waitMs = lastAt + INTERVAL_MS - this.#clock.monotonic();
    if (waitMs <= 0) {
      this.flush();
    } else {
      this.#cancel ??= this.#clock.after(waitMs, () => {
        this.#cancel = null;
        if (this.#news !== null) this.#tellSoon();
      });
    }
  }
}
