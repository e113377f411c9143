/** @module The two deadlines of an attempt: silence, and time in all. */

import type { Clock } from "../clock/clock.ts";
import { CarryoutError } from "../errors.ts";
import type { Generator } from "../generator/generator.ts";

/** A generation that waits for storage is not silent: its time for silence begins anew when storage answered. */
export class Deadlines {
  /** Rejects when a deadline has passed. */
  readonly passed: Promise<never>;
  readonly #clock: Clock;
  readonly #stallMs: number;
  readonly #closed = new AbortController();
  #lastSign: number;
  #waiting = 0;

  constructor(clock: Clock, generator: Pick<Generator, "stallMs" | "timeoutMs">) {
    this.#clock = clock;
    this.#stallMs = generator.stallMs;
    this.#lastSign = clock.monotonic();
    this.passed = Promise.race([this.#silence(), this.#inAll(generator.timeoutMs)]);
    this.passed.catch(() => undefined); // awaited only while a run is under way
  }

  alive(): void {
    this.#lastSign = this.#clock.monotonic();
  }

  /** Runs something the generation has to wait for. */
  async waiting<T>(action: () => Promise<T>): Promise<T> {
    this.#waiting++;
    try {
      return await action();
    } finally {
      this.#waiting--;
      this.alive();
    }
  }

  close(): void {
    this.#closed.abort();
  }

  async #silence(): Promise<never> {
    for (;;) {
      const silentMs = this.#waiting > 0 ? 0 : this.#clock.monotonic() - this.#lastSign;
      if (silentMs >= this.#stallMs) {
        throw new CarryoutError(
          "generation-stalled",
          `The generator gave no sign of life for ${this.#stallMs / 1000} seconds.`,
          { retriable: true },
        );
      }
      await this.#sleep(this.#stallMs - silentMs);
    }
  }

  async #inAll(timeoutMs: number): Promise<never> {
    await this.#sleep(timeoutMs);
    throw new CarryoutError(
      "generation-timed-out",
      `The file was not finished within ${timeoutMs / 1000} seconds.`,
    );
  }

  async #sleep(ms: number): Promise<void> {
    await this.#clock.sleep(Math.max(1, ms), this.#closed.signal);
    if (this.#closed.signal.aborted) await new Promise(() => undefined);
  }
}
