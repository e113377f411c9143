/** @module A queue for each kind of place: one that waits for a process does not wait for those that need none. */

import type { Isolation } from "../generator/generator.ts";
import { type Waiting, WaitQueue } from "./wait-queue.ts";

type OfAKind = Waiting & { readonly kind: string };

/** "elsewhere": for kinds that this node can't make. Nobody here waits behind them. */
export type LineName = Isolation | "elsewhere";

export class WaitQueues<Item extends OfAKind = OfAKind> {
  readonly #lines: Record<LineName, WaitQueue<Item>> = {
    process: new WaitQueue(),
    inline: new WaitQueue(),
    elsewhere: new WaitQueue(),
  };
  readonly #lineOf: (kind: string) => LineName;

  constructor(lineOf: (kind: string) => LineName) {
    this.#lineOf = lineOf;
  }

  /** All that wait. */
  get length(): number {
    return this.#lines.process.length + this.#lines.inline.length + this.#lines.elsewhere.length;
  }

  of(isolation: Isolation): WaitQueue<Item> {
    return this.#lines[isolation];
  }

  forKind(kind: string): WaitQueue<Item> {
    return this.#lines[this.#lineOf(kind)];
  }

  add(item: Item): void {
    this.forKind(item.kind).add(item);
  }

  remove(item: Item): void {
    this.forKind(item.kind).remove(item);
  }

  /** Among those that wait for the same kind of place: 1 for the first; null for one that does not wait. */
  position(item: OfAKind): number | null {
    return this.forKind(item.kind).position(item);
  }

  /** From the front of each line. Change the lines only after you stopped iterating. */
  *[Symbol.iterator](): Iterator<Item> {
    yield* this.#lines.process;
    yield* this.#lines.inline;
    yield* this.#lines.elsewhere;
  }
}
