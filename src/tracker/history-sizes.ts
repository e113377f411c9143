/** @module Estimates of how many downloads users have in the history, so that few have to be counted. */

import { ownerOf, userPrefix } from "../download/key.ts";

/** Beyond this number those who were counted longest ago are forgotten, half of all at once. */
const MOST_USERS = 10_000;

/**
 * A user's downloads when they were last counted, and those that left their slots since, as far as this node was told.
 * What finished during a count, or while this node was cut off, may be missing until the next one. Memory: at most 2 MB.
 */
export class HistorySizes {
  /** By the user's part of their keys. */
  #young = new Map<string, number>();
  #old = new Map<string, number>();

  /** Null if they were not counted lately. */
  of(user: string): number | null {
    const owner = ownerOf(userPrefix(user));
    return this.#young.get(owner) ?? this.#old.get(owner) ?? null;
  }

  counted(user: string, size: number): void {
    if (this.#young.size >= MOST_USERS / 2) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(ownerOf(userPrefix(user)), size);
  }

  /** What was in this slot is in the history, or will be. */
  finished(key: string): void {
    const owner = ownerOf(key);
    for (const sizes of [this.#young, this.#old]) {
      const size = sizes.get(owner);
      if (size !== undefined) sizes.set(owner, size + 1);
    }
  }

  /** What finished may have been missed. */
  forget(): void {
    this.#young.clear();
    this.#old.clear();
  }
}
