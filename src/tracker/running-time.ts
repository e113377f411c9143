/** @module How long this process ran: the time in which it stood still does not count. */

import type { Cancel, Clock } from "../clock/clock.ts";

const BEAT_MS = 1_000;
/** Two beats further apart than this mean that nothing ran: a suspended machine, SIGSTOP, a blocked event loop. */
const LONGEST_MS = 2 * BEAT_MS;

/** Measured on the monotonic clock, which by itself goes on in a process that is stopped. */
export class RunningTime {
  readonly #clock: Clock;
  #ranMs = 0;
  #readAt: number;
  #cancel: Cancel = () => {};

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#readAt = clock.monotonic();
    this.#beat();
  }

  /** Milliseconds since it was made. */
  read(): number {
    const now = this.#clock.monotonic();
    this.#ranMs += Math.min(now - this.#readAt, LONGEST_MS);
    this.#readAt = now;
    return this.#ranMs;
  }

  /** Resolves when the process has run for so long; early, without error, when the signal aborts. */
  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    const until = this.read() + ms;
    for (let leftMs = ms; leftMs > 0 && !signal.aborted; leftMs = until - this.read()) {
      await this.#clock.sleep(Math.max(1, leftMs), signal);
    }
  }

  /** Measures nothing any more. */
  close(): void {
    this.#cancel();
  }

  #beat(): void {
    this.read();
    this.#cancel = this.#clock.after(BEAT_MS, () => this.#beat());
  }
}
