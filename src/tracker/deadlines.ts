/** @module The two deadlines of an attempt: silence, and time in all. */

import { CarryoutError } from "../errors.ts";
import type { Generator } from "../generator/generator.ts";
import type { RunningTime } from "./running-time.ts";

/**
 * Only the time in which this process ran counts. A generation that waits for storage is not silent: its time for
 * silence begins anew when storage answered.
 */
export class Deadlines {
  /** Rejects when a deadline has passed. */
  readonly passed: Promise<never>;
  readonly #running: RunningTime;
  readonly #stallMs: number;
  readonly #closed = new AbortController();
  #lastSign: number;
  #waiting = 0;

  /** `ranMs`: how long this attempt ran before, on other holders. */
  constructor(running: RunningTime, generator: Pick<Generator, "stallMs" | "timeoutMs">, ranMs: number) {
    this.#running = running;
    this.#stallMs = generator.stallMs;
    this.#lastSign = running.read();
    this.passed = Promise.race([this.#silence(), this.#inAll(generator.timeoutMs, ranMs)]);
    this.passed.catch(() => undefined); // awaited only while a run is under way
  }

  alive(): void {
    this.#lastSign = this.#running.read();
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
      const silentMs = this.#waiting > 0 ? 0 : this.#running.read() - this.#lastSign;
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

  async #inAll(timeoutMs: number, ranMs: number): Promise<never> {
    await this.#sleep(timeoutMs - ranMs);
    throw new CarryoutError(
      "generation-timed-out",
      `The file was not finished within ${timeoutMs / 1000} seconds.`,
    );
  }

  async #sleep(ms: number): Promise<void> {
    await this.#running.sleep(Math.max(1, ms), this.#closed.signal);
    if (this.#closed.signal.aborted) await new Promise(() => undefined);
  }
}
