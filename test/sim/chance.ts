/** @module The random numbers of a simulation: everything is drawn from one seed. */

import { seededRandom } from "../../src/clock/seeded-random.ts";

export class Chance {
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
  }

  /** An independent generator for one part of the world: its draws don't affect other parts. */
  fork(): Chance {
    return new Chance(this.whole(0, 2 ** 32 - 1));
  }

  /** 0 ≤ x < 1. */
  random(): number {
    return this.#random();
  }

  /** True with this probability. */
  is(probability: number): boolean {
    return this.#random() < probability;
  }

  /** A whole number, both ends included. */
  whole(least: number, most: number): number {
    return least + Math.floor(this.#random() * (most - least + 1));
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.whole(0, items.length - 1)];
    if (item === undefined) throw new TypeError("nothing to pick from");
    return item;
  }

  /** One of the entries, with probability proportional to its weight. */
  weighted<T>(entries: readonly { weight: number; value: T }[]): T {
    const sum = entries.reduce((total, { weight }) => total + weight, 0);
    let left = this.#random() * sum;
    for (const { weight, value } of entries) {
      left -= weight;
      if (left < 0) return value;
    }
    return entries.at(-1)!.value;
  }
}
