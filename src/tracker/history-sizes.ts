/** @module Estimates of how many downloads users have in the history, so that few have to be counted. */

import { ownerOf, userPrefix } from "../download/key.ts";

/** Beyond this number the user who was counted longest ago is forgotten. */
const MOST_USERS = 10_000;

/**
 * A user's downloads when they were last counted, and those that left their slots since, as far as this node was told.
 * What finished during a count, or while this node was cut off, may be missing until the next one. Memory: at most 2 MB.
 */
export class HistorySizes {
  /** By the user's part of their keys. */
  readonly #sizes = new Map<string, number>();

  /** Null if they were not counted lately. */
  of(user: string): number | null {
    return this.#sizes.get(ownerOf(userPrefix(user))) ?? null;
  }

  counted(user: string, size: number): void {
    const owner = ownerOf(userPrefix(user));
    this.#sizes.delete(owner);
    this.#sizes.set(owner, size);
    if (this.#sizes.size <= MOST_USERS) return;
    for (const oldest of this.#sizes.keys()) {
      this.#sizes.delete(oldest);
      break;
    }
  }

  /** What was in this slot is in the history, or will be. */
  finished(key: string): void {
    const owner = ownerOf(key);
    const size = this.#sizes.get(owner);
    if (size !== undefined) this.#sizes.set(owner, size + 1);
  }

  /** What finished may have been missed. */
  forget(): void {
    this.#sizes.clear();
  }
}
