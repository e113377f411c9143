/** @module Checks the values of a row and converts each to the form that all formats get. */

import { UserError } from "../errors.ts";
import { valueName } from "../text/value-name.ts";
import type { Cell, Link, Row } from "./cell.ts";
import type { Column, ColumnType } from "./column.ts";

type ReadCell = (value: unknown) => Cell;

/** `number` counts from 1 and identifies the row in errors. */
export type ReadRow<R> = (row: R, number: number) => Row;

/** How a column gets its value from a row, by the column's key. */
export type Values<R> = ReadonlyMap<string, ((row: R) => unknown) | undefined>;

/**
 * Reads rows for these columns. Throws a `UserError` naming row and column for a value that does not have the column's
 * type, and a `UserError` for a row that is not an object.
 */
export function rowReader<R>(columns: readonly Column[], values: Values<R>): ReadRow<R> {
  const readers = columns.map(({ key, type }) => ({ key, read: READERS[type], value: values.get(key) }));
  return (row, number) => {
    if (typeof row !== "object" || row === null) {
      throw new UserError(
        `row ${number}: expected an object with the columns' values, not ${valueName(row)}`,
      );
    }
    const cells = new Array<Cell>(readers.length);
    for (let index = 0; index < readers.length; index++) {
      const { key, read, value } = readers[index]!;
      const given = value === undefined ? (row as Record<string, unknown>)[key] : value(row);
      if (given === null || given === undefined) {
        cells[index] = null;
        continue;
      }
      try {
        cells[index] = read(given);
      } catch (error) {
        if (!(error instanceof WrongValue)) throw error;
        throw new UserError(`row ${number}, column "${columns[index]!.title}": ${error.message}`);
      }
    }
    return cells;
  };
}

/** What is wrong with a value; the caller adds its position. */
class WrongValue extends Error {
  constructor(expected: string, value: unknown) {
    super(`expected ${expected}, not ${valueName(value)}`);
  }
}

const READERS: Record<ColumnType, ReadCell> = {
  text: textOf,
  number: numberOf,
  integer: integerOf,
  boolean: booleanOf,
  date: dateOf,
  datetime: datetimeOf,
  link: linkOf,
};

/** Lone surrogates become U+FFFD: Unicode encodings can't represent them. */
function textOf(value: unknown): string {
  if (typeof value === "string") return value.isWellFormed() ? value : value.toWellFormed();
  if (typeof value === "bigint" || typeof value === "boolean" || Number.isFinite(value)) return String(value);
  throw new WrongValue("text", value);
}

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** Databases return exact decimals as text: they become the nearest double. */
function numberOf(value: unknown): number {
  if (typeof value === "number") {
    if (Number.isFinite(value)) return value;
  } else if (typeof value === "bigint" || (typeof value === "string" && DECIMAL.test(value))) {
    const number = Number(value);
    if (Number.isFinite(number)) return number;
  }
  throw new WrongValue("a finite number", value);
}

/** Databases return 64-bit integers as text: every digit is kept. */
function integerOf(value: unknown): number | bigint {
  if (Number.isSafeInteger(value)) return value as number;
  if (typeof value === "bigint") return smallest(value);
  if (typeof value === "string" && /^[+-]?\d{1,400}$/.test(value)) return smallest(BigInt(value));
  throw new WrongValue("a whole number (above 2^53 a bigint or its digits as text)", value);
}

function smallest(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** SQLite and MySQL use 0 and 1 instead. */
function booleanOf(value: unknown): boolean {
  if (typeof value === "boolean") return value;
  if (value === 0 || value === 1) return value === 1;
  throw new WrongValue("true or false", value);
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;
/** Every month has these days: no calendar check is needed, which would take longer than the rest of a row. */
const DAY_OF_EVERY_MONTH = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])$/;

/** A `Date` means its day in UTC. */
function dateOf(value: unknown): string {
  const text = value instanceof Date ? isoOf(value).slice(0, 10) : value;
  if (typeof text === "string" && DAY.test(text) && !text.startsWith("0000")) {
    if (DAY_OF_EVERY_MONTH.test(text)) return text;
    const parsed = new Date(`${text}T00:00:00Z`);
    if (!Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(text)) return text;
  }
  throw new WrongValue('a day such as "2026-02-28"', value);
}

const INSTANT = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)(Z|[+-]\d{2}(?::?\d{2})?)?$/;
const FIRST_INSTANT = Date.parse("0001-01-01T00:00:00Z");
const LAST_INSTANT = Date.parse("9999-12-31T23:59:59.999Z");

/** Text as databases write it; without a zone it is UTC. */
function datetimeOf(value: unknown): Date {
  const instant =
    value instanceof Date ? value.getTime() : typeof value === "string" ? parsed(value) : Number.NaN;
  if (instant >= FIRST_INSTANT && instant <= LAST_INSTANT) return new Date(instant);
  throw new WrongValue('a Date, or text such as "2026-02-28T12:00:00Z", in the years 1 to 9999', value);
}

function parsed(text: string): number {
  const [, day, time, zone = "Z"] = INSTANT.exec(text) ?? [];
  if (day === undefined || time === undefined) return Number.NaN;
  const offset = zone === "Z" ? zone : `${zone.slice(0, 3)}:${zone.slice(3).replace(":", "") || "00"}`;
  return Date.parse(`${day}T${time}${offset}`);
}

function isoOf(value: Date): string {
  return Number.isNaN(value.getTime()) ? "" : value.toISOString();
}

const SCHEMES = /^(?:https?|mailto):/i;

/** Other schemes, such as javascript:, could run code when the file is read. */
function linkOf(value: unknown): Link {
  const { href, text = href } = typeof value === "object" ? (value as Partial<Link>) : { href: value };
  if (typeof href === "string" && typeof text === "string" && SCHEMES.test(href) && URL.canParse(href)) {
    return { text: text.toWellFormed(), href: href.toWellFormed() };
  }
  throw new WrongValue("an http, https or mailto address, or { text, href }", value);
}
