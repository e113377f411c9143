/** @module Checks that rows are in the order of their key. */

import { UserError } from "../../errors.ts";
import { type Key, type KeyValue, nameOfKey, sameKey } from "./key-value.ts";

/**
 * Sees the keys of all rows in order, and throws a `UserError` at one that can't be used for paging: a key that occurs
 * twice in a row, or whose first column changes direction. Only numbers and dates are compared: the order of text
 * depends on the database.
 */
export class KeyOrder {
  readonly #columns: readonly string[];
  #last: Key | undefined;
  #isFirstOfPage = true;
  /** 1 for ascending, -1 for descending; 0 until it is known. */
  #direction = 0;

  constructor(columns: readonly string[]) {
    this.#columns = columns;
  }

  /** Starts a page, after this key. */
  begin(after: Key | undefined): void {
    this.#last = after;
    this.#isFirstOfPage = true;
  }

  see(key: Key): void {
    const last = this.#last;
    const isFirst = this.#isFirstOfPage;
    this.#last = key;
    this.#isFirstOfPage = false;
    if (last === undefined) return;
    const name = nameOfKey(this.#columns);
    if (sameKey(key, last)) {
      throw new UserError(
        isFirst
          ? `a page begins with the row that the page before ended with: the key ${name} must be unique, and a page must begin behind the key it is given, without it`
          : `two rows have the same key ${name}: it must be unique`,
        { retriable: false },
      );
    }
    const direction = compare(last[0], key[0]);
    if (direction === 0) return;
    if (this.#direction === -direction) {
      throw new UserError(`the rows do not come in the order of their key ${name}: order them by it`, {
        retriable: false,
      });
    }
    this.#direction = direction;
  }
}

/** 1 when b is greater, -1 when a is, 0 when they are equal or can't be compared here. */
function compare(a: KeyValue | undefined, b: KeyValue | undefined): number {
  if (a instanceof Date && b instanceof Date) return Math.sign(b.getTime() - a.getTime());
  if ((typeof a === "number" || typeof a === "bigint") && (typeof b === "number" || typeof b === "bigint")) {
    return a < b ? 1 : a > b ? -1 : 0;
  }
  return 0;
}
