/** @module How often the files of downloads were fetched from this node, in memory. */

import type { Clock } from "../ports/clock.ts";

export interface FetchCount {
  count: number;
  firstAt: number;
  lastAt: number;
}

/** About 2 MB. */
const MOST_KEPT = 10_000;

export class FetchCounts {
  readonly #clock: Pick<Clock, "now">;
  /** The least recently fetched first. */
  readonly #counts = new Map<string, FetchCount>();

  constructor(clock: Pick<Clock, "now">) {
    this.#clock = clock;
  }

  /** A transfer of this download's file began. */
  note(id: string): void {
    const now = this.#clock.now();
    const { count, firstAt } = this.#counts.get(id) ?? { count: 0, firstAt: now };
    this.#counts.delete(id);
    this.#counts.set(id, { count: count + 1, firstAt, lastAt: now });
    for (const oldest of this.#counts.keys()) {
      if (this.#counts.size <= MOST_KEPT) break;
      this.#counts.delete(oldest);
    }
  }

  of(id: string): FetchCount | null {
    return this.#counts.get(id) ?? null;
  }
}
