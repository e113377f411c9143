/** @module The values of a row's key, and their form in a cursor: JSON that gives back exactly the same values. */

import { UserError } from "../../errors.ts";
import { valueName } from "../../text/value-name.ts";

/** What a column of a key may hold. Bytes are a `Uint8Array` or a `Buffer`. */
export type KeyValue = string | number | bigint | boolean | Date | Uint8Array;

/** The values of a key, in the order of its columns. */
export type Key = readonly KeyValue[];

type KeyJson = string | number | boolean | { bigint: string } | { date: string } | { bytes: string };

/** A key as JSON: one element for each of its columns. */
export type KeyCursor = KeyJson[];

/** The key of a row of a page. Throws a `UserError` for values that can't be one. */
export function keyOf(row: object, columns: readonly string[], index: number): Key {
  const values = columns.map((column) => (row as Record<string, unknown>)[column]);
  return checkedKey(values, columns, index);
}

/** The same for values in the order of the columns. */
export function checkedKey(values: readonly unknown[], columns: readonly string[], index: number): Key {
  for (let at = 0; at < values.length; at += 1) {
    const problem = problemOf(values[at]);
    if (problem === null) continue;
    throw new UserError(`row ${index + 1} of a page: the key column "${columns[at]}" ${problem}`, {
      retriable: false,
    });
  }
  return values as Key;
}

function problemOf(value: unknown): string | null {
  switch (typeof value) {
    case "string":
    case "bigint":
    case "boolean":
      return null;
    case "number":
      if (!Number.isFinite(value)) return `must be a finite number, not ${value}`;
      if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
        return "holds an integer beyond 2^53 that lost its last digits: read it as a bigint or as text";
      }
      return null;
    case "undefined":
      return "is missing: select it";
    default:
      break;
  }
  if (value === null) return "must not be null";
  if (value instanceof Uint8Array) return null;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "holds an invalid Date" : null;
  return `must be text, a number, a bigint, a boolean, a Date or bytes, not ${valueName(value)}`;
}

export function sameKey(a: Key, b: Key): boolean {
  for (let index = 0; index < a.length; index += 1) if (!sameValue(a[index]!, b[index])) return false;
  return true;
}

function sameValue(a: KeyValue, b: KeyValue | undefined): boolean {
  if (a instanceof Date) return b instanceof Date && a.getTime() === b.getTime();
  if (a instanceof Uint8Array) return b instanceof Uint8Array && Buffer.compare(a, b) === 0;
  return a === b;
}

export function toCursor(key: Key): KeyCursor {
  return key.map((value) => {
    if (typeof value === "bigint") return { bigint: String(value) };
    if (value instanceof Date) return { date: value.toISOString() };
    if (value instanceof Uint8Array) {
      return { bytes: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64") };
    }
    return value;
  });
}

/** Throws a `TypeError` for a cursor that another key made: the source was changed without a new revision. */
export function fromCursor(cursor: KeyCursor, columns: readonly string[]): Key {
  if (!Array.isArray(cursor) || cursor.length !== columns.length) {
    throw new TypeError(`the cursor to go on from must have a value for each of: ${columns.join(", ")}`);
  }
  return cursor.map((value) => {
    if (typeof value !== "object") return value;
    if (value !== null && "bigint" in value) return BigInt(value.bigint);
    if (value !== null && "date" in value) return new Date(value.date);
    if (value !== null && "bytes" in value) return Buffer.from(value.bytes, "base64");
    throw new TypeError("the cursor to go on from was not made by a key");
  });
}

/** For messages: `(created, id)`. */
export function nameOfKey(columns: readonly string[]): string {
  return columns.length === 1 ? `"${columns[0]}"` : `(${columns.join(", ")})`;
}
