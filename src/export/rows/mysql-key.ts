/** @module The key columns of MySQL: the types they may have, and their values as the database compares them. */

/** Column metadata from mysql2. */
export interface MysqlField {
  readonly name: string;
  readonly columnType?: number;
  readonly characterSet?: number;
  readonly flags: number | string[];
}

/** Returns a column's value for a key; `text` is the database's conversion to CHAR. */
export type ReadKeyValue = (value: unknown, text: unknown) => unknown;

// From the protocol's list of types.
const [TINY, SHORT, LONG, TIMESTAMP, LONGLONG, INT24, DATE, TIME, DATETIME, YEAR] = [
  1, 2, 3, 7, 8, 9, 10, 11, 12, 13,
];
const [VARCHAR, BLOB, VAR_STRING, STRING] = [15, 252, 253, 254];
const INTEGERS: readonly unknown[] = [TINY, SHORT, LONG, LONGLONG, INT24, YEAR];
const TIMES: readonly unknown[] = [TIMESTAMP, DATE, TIME, DATETIME];
const TEXTS: readonly unknown[] = [VARCHAR, BLOB, VAR_STRING, STRING];
/** ENUM and SET arrive as text, but are ordered by their underlying numbers. */
const ENUM_OR_SET = 256 | 2048;
const BINARY = 63;

/** Throws a `TypeError` for a type whose values at the client do not compare in the database's order. */
export function keyReader(column: string, { columnType, characterSet, flags }: MysqlField): ReadKeyValue {
  // Times are compared as text, since a Date has no microseconds.
  if (TIMES.includes(columnType)) return (_value, text) => text;
  if (INTEGERS.includes(columnType))
    return (_value, text) => (text === null ? null : integerOf(String(text)));
  if (TEXTS.includes(columnType) && (Number(flags) & ENUM_OR_SET) === 0) {
    return characterSet === BINARY ? (value) => value : (_value, text) => text;
  }
  throw new TypeError(
    `the key column "${column}" must be an integer, text, bytes, a date or a time: other types do not compare in the database's order`,
  );
}

export function isTimestamp({ columnType }: MysqlField): boolean {
  return columnType === TIMESTAMP;
}

function integerOf(text: string): number | bigint {
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : BigInt(text);
}
