/** @module Retries with growing, random pauses, so that callers that failed together do not keep colliding. */

import type { Clock } from "./clock.ts";

type Chance = Pick<Clock, "random">;

export interface PauseLengths {
  firstMs: number;
  /** Each pause is twice as long as the previous one, up to this. */
  mostMs: number;
}

export interface Retry extends PauseLengths {
  /** Ends a pause early. The next attempt determines what it means. */
  signal?: AbortSignal | undefined;
  /** Called for each failure with the time taken so far. Throws to end the retries. */
  onFailure(error: unknown, sinceMs: number): void;
}

/** Random between 50 % and 150 %. */
export function jittered(clock: Chance, ms: number): number {
  return ms * (0.5 + clock.random());
}

/** The pauses between retries. */
export class Pauses {
  readonly #clock: Pick<Clock, "random" | "sleep">;
  readonly #mostMs: number;
  #nextMs: number;

  constructor(clock: Pick<Clock, "random" | "sleep">, { firstMs, mostMs }: PauseLengths) {
    this.#clock = clock;
    this.#nextMs = firstMs;
    this.#mostMs = mostMs;
  }

  async pass(signal?: AbortSignal): Promise<void> {
    const ms = this.#nextMs;
    this.#nextMs = Math.min(ms * 2, this.#mostMs);
    await this.#clock.sleep(jittered(this.#clock, ms), signal);
  }
}

/** The first result of `work`, or the error that `onFailure` throws. */
export async function retry<Result>(
  clock: Pick<Clock, "monotonic" | "random" | "sleep">,
  { signal, onFailure, ...lengths }: Retry,
  work: () => Result | Promise<Result>,
): Promise<Result> {
  const since = clock.monotonic();
  const pauses = new Pauses(clock, lengths);
  for (;;) {
    try {
      return await work();
    } catch (error) {
      onFailure(error, clock.monotonic() - since);
    }
    await pauses.pass(signal);
  }
}
