/** @module How long this process has run, excluding suspensions, and since when the clock has not been set. */

import type { Cancel, Clock } from "../ports/clock.ts";

const BEAT_MS = 1_000;
/** A longer gap between two beats means that nothing ran: a suspended machine, SIGSTOP, a blocked event loop. */
const LONGEST_MS = 2 * BEAT_MS;
/** The time of day was set if it deviates by more than this from the monotonic clock. */
const SET_MS = 10_000;

/** Measured on the monotonic clock, which keeps running while the process is stopped. */
export class RunningTime {
  readonly #clock: Clock;
  #ranMs = 0;
  #readAt: number;
  #timeOfDay: number;
  #setAtMs = 0;
  #cancel: Cancel = () => {};

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#readAt = clock.monotonic();
    this.#timeOfDay = clock.now();
    this.#beat();
  }

  /** Milliseconds since it was created. */
  read(): number {
    const now = this.#clock.monotonic();
    const timeOfDay = this.#clock.now();
    const passedMs = now - this.#readAt;
    this.#ranMs += Math.min(passedMs, LONGEST_MS);
    if (Math.abs(timeOfDay - this.#timeOfDay - passedMs) > SET_MS) this.#setAtMs = this.#ranMs;
    this.#readAt = now;
    this.#timeOfDay = timeOfDay;
    return this.#ranMs;
  }

  /** How long the process has run since the time of day was last set, or since the start; milliseconds. */
  steadyMs(): number {
    return this.read() - this.#setAtMs;
  }

  /** Resolves when the process has run for this long; early, without error, when the signal aborts. */
  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    const until = this.read() + ms;
    for (let leftMs = ms; leftMs > 0 && !signal.aborted; leftMs = until - this.read()) {
      await this.#clock.sleep(Math.max(1, leftMs), signal);
    }
  }

  /** Stops measuring. */
  close(): void {
    this.#cancel();
  }

  #beat(): void {
    this.read();
    this.#cancel = this.#clock.after(BEAT_MS, () => this.#beat());
  }
}
