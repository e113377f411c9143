/** @module The two deadlines of an attempt: silence, and total time. */

import { CarryoutError, ENDED } from "../errors.ts";
import type { Generator } from "../generator/generator.ts";
import type { RunningTime } from "./running-time.ts";

/**
 * Only time in which this process was running counts. A generation that waits for storage is not silent: its stall
 * deadline starts over once storage has answered.
 */
export class Deadlines {
  readonly #running: RunningTime;
  readonly #stallMs: number;
  readonly #timeoutMs: number;
  #void: AbortController | null = null;
  #lastSign = 0;
  #waiting = 0;

  constructor(running: RunningTime, { stallMs, timeoutMs }: Pick<Generator, "stallMs" | "timeoutMs">) {
    this.#running = running;
    this.#stallMs = stallMs;
    this.#timeoutMs = timeoutMs;
  }

  /**
   * Starts both deadlines now. Rejects when one has passed; earlier ones are cancelled.
   * @param ranMs how long this attempt ran before, on other holders or before an interruption.
   */
  begin(ranMs: number): Promise<never> {
    this.close();
    this.#void = new AbortController();
    this.alive();
    const { signal } = this.#void;
    const passed = Promise.race([this.#silence(signal), this.#inAll(ranMs, signal)]);
    passed.catch(() => undefined); // awaited only while a run is under way
    return passed;
  }

  alive(): void {
    this.#lastSign = this.#running.read();
  }

  /** Runs something that the generation has to wait for. */
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
    this.#void?.abort(ENDED);
    this.#void = null;
  }

  async #silence(signal: AbortSignal): Promise<never> {
    for (;;) {
      const silentMs = this.#waiting > 0 ? 0 : this.#running.read() - this.#lastSign;
      if (silentMs >= this.#stallMs) {
        throw new CarryoutError(
          "generation-stalled",
          `The generator made no progress for ${this.#stallMs / 1000} seconds.`,
          { retriable: true },
        );
      }
      await this.#sleep(this.#stallMs - silentMs, signal);
    }
  }

  async #inAll(ranMs: number, signal: AbortSignal): Promise<never> {
    await this.#sleep(this.#timeoutMs - ranMs, signal);
    throw new CarryoutError(
      "generation-timed-out",
      `The file was not finished within ${this.#timeoutMs / 1000} seconds.`,
    );
  }

  async #sleep(ms: number, signal: AbortSignal): Promise<void> {
    await this.#running.sleep(Math.max(1, ms), signal);
    if (signal.aborted) await new Promise(() => undefined);
  }
}
