/** @module The events of a run, line by line: equal seeds must give equal histories. */

import { createHash } from "node:crypto";
import type { VirtualClock } from "../../src/clock/virtual.testing.ts";

export class History {
  readonly #clock: VirtualClock;
  readonly #lines: string[] = [];
  readonly #print: ((line: string) => void) | null;

  constructor(clock: VirtualClock, print: ((line: string) => void) | null) {
    this.#clock = clock;
    this.#print = print;
  }

  add(who: string, what: string): void {
    const seconds = (this.#clock.monotonic() / 1000).toFixed(4).padStart(10);
    const line = `${seconds}  ${who.padEnd(6)}  ${what}`;
    this.#lines.push(line);
    this.#print?.(line);
  }

  get lines(): readonly string[] {
    return this.#lines;
  }

  /** Hexadecimal. */
  hash(): string {
    return createHash("sha256").update(this.#lines.join("\n")).digest("hex").slice(0, 16);
  }
}

/** Ids are long; in a history the first characters suffice to tell them apart. */
export function short(id: string): string {
  return id.slice(0, 5);
}
