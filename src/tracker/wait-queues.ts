/** @module A queue per type of capacity: a download that needs a process does not wait behind those that don't. */

import type { Isolation } from "../generator/generator.ts";
import { type Waiting, WaitQueue } from "./wait-queue.ts";

type OfAKind = Waiting & { readonly kind: string };

/** "elsewhere": for kinds that this node can't make. They block no others here. */
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

  /** Among those that wait for the same type of capacity: 1 for the first; null if it is not waiting. */
  position(item: OfAKind): number | null {
    return this.forKind(item.kind).position(item);
  }

  /** From the front of each queue. Don't change the queues while iterating. */
  *[Symbol.iterator](): Iterator<Item> {
    yield* this.#lines.process;
    yield* this.#lines.inline;
    yield* this.#lines.elsewhere;
  }
}
