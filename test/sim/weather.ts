/** @module The current rate of message faults; `calm` ends them all. */

import type { Chance } from "./chance.ts";

/** Probabilities per call, and times in milliseconds. */
export interface Weather {
  /** One way, usually up to this. */
  latencyMs: number;
  /** Probability that a message takes up to `slowMs` instead. */
  slow: number;
  slowMs: number;
  /** A write or read that is refused as unavailable before anything was done. */
  repoRefused: number;
  /** A write that was applied, though its caller receives an "unavailable" error. */
  repoLost: number;
  fileRefused: number;
  fileLost: number;
  /** A change that replaces the one before it in the feed, as adapters may do. */
  coalesced: number;
  messageLost: number;
  messageTwice: number;
}

const CALM: Weather = {
  latencyMs: 4,
  slow: 0,
  slowMs: 0,
  repoRefused: 0,
  repoLost: 0,
  fileRefused: 0,
  fileLost: 0,
  coalesced: 0,
  messageLost: 0,
  messageTwice: 0,
};

export class Sky {
  readonly #chance: Chance;
  #weather: Weather = CALM;

  constructor(chance: Chance) {
    this.#chance = chance;
  }

  get weather(): Readonly<Weather> {
    return this.#weather;
  }

  calm(): void {
    this.#weather = CALM;
  }

  /** New weather: each kind of fault is absent or present, and weak or strong. */
  change(): Weather {
    const chance = this.#chance;
    const some = (most: number) => (chance.is(0.5) ? 0 : most * chance.random() ** 2);
    this.#weather = {
      latencyMs: chance.pick([0, 1, 4, 20, 60]),
      slow: some(0.2),
      slowMs: chance.pick([100, 400, 1_000]),
      repoRefused: some(0.4),
      repoLost: some(0.4),
      fileRefused: some(0.5),
      fileLost: some(0.3),
      coalesced: some(0.8),
      messageLost: some(1),
      messageTwice: some(0.5),
    };
    return this.#weather;
  }

  /** The delay of the next message. */
  latency(chance: Chance): number {
    const { latencyMs, slow, slowMs } = this.#weather;
    return chance.whole(0, slow > 0 && chance.is(slow) ? slowMs : latencyMs);
  }
}
