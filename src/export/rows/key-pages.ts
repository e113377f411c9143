/** @module Batches from pages read by key: shared by `keyset` and `sqlRows`. */

import { UserError } from "../../errors.ts";
import { valueName } from "../../text/value-name.ts";
import type { Batch } from "../rows.ts";
import { KeyOrder } from "./key-order.ts";
import { fromCursor, type Key, type KeyCursor, nameOfKey, sameKey, toCursor } from "./key-value.ts";

/** Some rows in the order of their key. */
export interface KeyPage<R> {
  readonly rows: readonly R[];
  /** Throws a `UserError` for an invalid key. */
  key(index: number): Key;
}

export interface KeyPages<R> {
  readonly columns: readonly string[];
  /** Rows in a batch. */
  readonly limit: number;
  readonly after: KeyCursor | undefined;
  readonly signal: AbortSignal;
  /** Reads at most `limit` rows, one more than a batch: so a duplicate key is detected at the end of a batch too. */
  read(after: Key | undefined, limit: number): Promise<KeyPage<R>>;
  /** True when a page that is not full is certainly the last one. */
  readonly endsShort: boolean;
  /**
   * True when the database treats two different keys as equal, such as "a" and "A". Called when a row that was seen
   * after a batch does not start the next one: it may have been deleted or skipped.
   */
  readonly areSame?: (next: Key, last: Key) => Promise<boolean>;
}

export async function* keyBatches<R>({
  columns,
  limit,
  after,
  signal,
  read,
  endsShort,
  areSame,
}: KeyPages<R>): AsyncGenerator<Batch<R, KeyCursor>, void, undefined> {
  let last = after === undefined ? undefined : fromCursor(after, columns);
  /** The row that was seen after the last batch. */
  let next: Key | undefined;
  const name = nameOfKey(columns);
  const order = new KeyOrder(columns);
  for (;;) {
    signal.throwIfAborted();
    const page = await read(last, limit + 1);
    const { length } = page.rows;
    order.begin(last);
    for (let index = 0; index < length; index += 1) order.see(page.key(index));
    const isNext = next === undefined || (length > 0 && sameKey(page.key(0), next));
    if (!isNext && (await areSame?.(next!, last!))) {
      throw new UserError(`the database takes two keys ${name} for the same: the key must be unique`, {
        retriable: false,
      });
    }
    const isFull = length > limit;
    if (length === 0) return;
    next = isFull ? page.key(limit) : undefined;
    last = page.key(isFull ? limit - 1 : length - 1);
    yield { rows: isFull ? page.rows.slice(0, limit) : page.rows, cursor: toCursor(last) };
    if (endsShort && !isFull) return;
  }
}

/** The columns of a key as a list. Throws a `TypeError` when there are none, or one occurs twice. */
export function keyColumns(key: string | readonly string[]): readonly string[] {
  const columns = typeof key === "string" ? [key] : key;
  const isText = (column: unknown) => typeof column === "string" && column !== "";
  if (!Array.isArray(columns) || columns.length === 0 || !columns.every(isText)) {
    throw new TypeError("key must be the name of a column, or a list of such names");
  }
  if (new Set(columns).size < columns.length) {
    throw new TypeError(`key names a column twice: ${columns.join(", ")}`);
  }
  return columns;
}

const LARGEST_LIMIT = 100_000;

/** Throws a `TypeError` for an invalid size of a batch. */
export function batchSize(name: string, size: number): number {
  if (Number.isSafeInteger(size) && size >= 1 && size <= LARGEST_LIMIT) return size;
  throw new TypeError(`${name} must be a whole number from 1 to ${LARGEST_LIMIT}, not ${valueName(size)}`);
}
