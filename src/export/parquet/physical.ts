/** @module How the columns of a table are stored in Parquet: the specification's types and codes. */

import { UserError } from "../../errors.ts";
import type { Column, ColumnType } from "../column.ts";
import type { ThriftStruct } from "./thrift.ts";

/** github.com/apache/parquet-format, src/main/thrift/parquet.thrift. */
const BOOLEAN = 0;
const INT32 = 1;
const INT64 = 2;
const DOUBLE = 5;
const BYTE_ARRAY = 6;
const OPTIONAL = 1;
export const PLAIN = 0;
export const RLE = 3;

export const CODECS = { none: 0, gzip: 2, zstd: 6 } as const;
export type Compression = keyof typeof CODECS;

interface Physical {
  readonly type: number;
  /** The name used by readers from before 2018. */
  readonly converted?: number;
  logical?(type: ThriftStruct): void;
}

const TEXT: Physical = { type: BYTE_ARRAY, converted: 0, logical: (type) => type.struct(1) };
const PHYSICAL: Readonly<Record<ColumnType, Physical>> = {
  text: TEXT,
  link: TEXT,
  number: { type: DOUBLE },
  integer: { type: INT64 },
  boolean: { type: BOOLEAN },
  date: { type: INT32, converted: 6, logical: (type) => type.struct(6) },
  datetime: {
    type: INT64,
    converted: 9,
    // Adjusted to UTC, in milliseconds.
    logical: (type) => type.struct(8, (timestamp) => timestamp.true(1).struct(2, (unit) => unit.struct(1))),
  },
};

export function physicalTypeOf(type: ColumnType): number {
  return PHYSICAL[type].type;
}

/** Fills a SchemaElement. Every column is nullable. */
export function describeColumn(element: ThriftStruct, { key, type: columnType }: Column): void {
  const { type, converted, logical } = PHYSICAL[columnType];
  element.i32(1, type).i32(3, OPTIONAL).binary(4, key);
  if (converted !== undefined) element.i32(6, converted);
  if (logical !== undefined) element.struct(10, logical);
}

/** The range of a 64-bit Parquet column. */
const SMALLEST_INTEGER = -(2n ** 63n);
const LARGEST_INTEGER = 2n ** 63n - 1n;

/** Throws a `UserError` for an integer that 64 bits can't hold. `row` counts from 1. */
export function checkInteger(value: bigint, row: number, { key }: Column): void {
  if (value >= SMALLEST_INTEGER && value <= LARGEST_INTEGER) return;
  const text = String(value);
  const shown = text.length > 40 ? `${text.slice(0, 40)}…` : text;
  throw new UserError(
    `row ${row}, column ${JSON.stringify(key)}: Parquet holds integers from -2^63 to 2^63 - 1, not ${shown}`,
  );
}
