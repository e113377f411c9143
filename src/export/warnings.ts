/** @module The warnings of one export: bounded, and part of its checkpoints. */

import type { Warnings } from "./format.ts";

const MOST_LISTED = 100;
const LONGEST = 200;

export type SavedWarnings = { listed: string[]; count: number };

export class WarningList implements Warnings {
  readonly #listed: string[];
  #count: number;

  constructor({ listed, count }: SavedWarnings = { listed: [], count: 0 }) {
    this.#listed = [...listed];
    this.#count = count;
  }

  get listed(): readonly string[] {
    return this.#listed;
  }

  get count(): number {
    return this.#count;
  }

  add(warning: string): void {
    this.#count += 1;
    if (this.#listed.length < MOST_LISTED) this.#listed.push(warning.slice(0, LONGEST));
  }

  save(): SavedWarnings {
    return { listed: [...this.#listed], count: this.#count };
  }
}
