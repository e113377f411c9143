/** @module A line for each kind of place: who waits for a process does not wait for those who need none. */

import type { Isolation } from "../generator/generator.ts";
import { Line, type Waiting } from "./line.ts";

type OfAKind = Waiting & { readonly kind: string };

/** "elsewhere": for kinds that this node can't make. Nobody here waits behind them. */
export type LineName = Isolation | "elsewhere";

export class Lines<Item extends OfAKind = OfAKind> {
  readonly #lines: Record<LineName, Line<Item>> = {
    process: new Line(),
    inline: new Line(),
    elsewhere: new Line(),
  };
  readonly #lineOf: (kind: string) => LineName;

  constructor(lineOf: (kind: string) => LineName) {
    this.#lineOf = lineOf;
  }

  /** All who wait. */
  get length(): number {
    return this.#lines.process.length + this.#lines.inline.length + this.#lines.elsewhere.length;
  }

  of(isolation: Isolation): Line<Item> {
    return this.#lines[isolation];
  }

  forKind(kind: string): Line<Item> {
    return this.#lines[this.#lineOf(kind)];
  }

  add(item: Item): void {
    this.forKind(item.kind).add(item);
  }

  remove(item: Item): void {
    this.forKind(item.kind).remove(item);
  }

  /** Among those who wait for the same kind of place: 1 for the first; null for one who does not wait. */
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
