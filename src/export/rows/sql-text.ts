/** @module The SQL that reads pages of an author's SELECT. */

import type { Key } from "./key-value.ts";

/** Some rows of a SELECT, in the order of a key. */
export interface PageQuery {
  /** The author's SELECT, without a semicolon at its end, and the values of its placeholders. */
  readonly select: string;
  readonly values: readonly unknown[];
  /** Columns of the SELECT. */
  readonly key: readonly string[];
  readonly descending: boolean;
  readonly after: Key | undefined;
  readonly limit: number;
}

/** Differences between databases. */
export interface SqlDialect {
  /** The quote around a name: `"` or `` ` ``. */
  readonly quote: string;
  /** In bytes of UTF-8; a longer name would be truncated, and mean another column. */
  readonly longestName: number;
  /** The placeholder of the nth value, from 1. */
  placeholder(position: number): string;
  /** A key column a second time, as text; null when its own value is exact. */
  keyText: ((column: string) => string) | null;
  /** How rows after a key are found; see `byRowValue` and `byColumns`. */
  afterKey(columns: readonly string[], operator: ">" | "<", placeholder: (column: number) => string): string;
}

export interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

export function pageStatement(dialect: SqlDialect, query: PageQuery): Statement {
  const { key, after, descending } = query;
  const columns = key.map((column) => `carryout_rows.${quoted(dialect, column)}`);
  const values = [...query.values];
  const bind = (value: unknown) => dialect.placeholder(values.push(value));
  const where =
    after === undefined
      ? ""
      : ` WHERE ${dialect.afterKey(columns, descending ? "<" : ">", (column) => bind(after[column]))}`;
  const texts = dialect.keyText === null ? [] : columns.map(dialect.keyText);
  const order = columns.map((column) => (descending ? `${column} DESC` : column)).join(", ");
  const list = ["carryout_rows.*", ...texts].join(", ");
  return {
    text: `SELECT ${list} FROM (\n${query.select}\n) AS carryout_rows${where} ORDER BY ${order} LIMIT ${query.limit}`,
    values,
  };
}

/** Finds a row whose key is null somewhere. */
export function nullKeyStatement(
  dialect: SqlDialect,
  { select, values, key }: Pick<PageQuery, "select" | "values" | "key">,
): Statement {
  const isNull = key.map((column) => `carryout_rows.${quoted(dialect, column)} IS NULL`).join(" OR ");
  return { text: `SELECT 1 FROM (\n${select}\n) AS carryout_rows WHERE ${isNull} LIMIT 1`, values };
}

/** Finds a row that has this key, and yet is not after the other one: the database treats both as equal. */
export function sameKeyStatement(
  dialect: SqlDialect,
  query: Omit<PageQuery, "after" | "limit">,
  key: Key,
  after: Key,
): Statement {
  const columns = query.key.map((column) => `carryout_rows.${quoted(dialect, column)}`);
  const values = [...query.values];
  const bind = (value: unknown) => dialect.placeholder(values.push(value));
  const isKey = columns.map((column, index) => `${column} = ${bind(key[index])}`).join(" AND ");
  const isAfter = dialect.afterKey(columns, query.descending ? "<" : ">", (column) => bind(after[column]));
  return {
    text: `SELECT 1 FROM (\n${query.select}\n) AS carryout_rows WHERE ${isKey} AND NOT (${isAfter}) LIMIT 1`,
    values,
  };
}

/** `(a, b) > (1, 2)`: PostgreSQL and SQLite use an index for it. */
export function byRowValue(
  columns: readonly string[],
  operator: ">" | "<",
  placeholder: (column: number) => string,
): string {
  const places = columns.map((_, index) => placeholder(index));
  return `(${columns.join(", ")}) ${operator} (${places.join(", ")})`;
}

/**
 * `a >= 1 AND (a > 1 OR (a = 1 AND b > 2))`: MySQL uses no index for `>` between rows. Its optimizer uses the first
 * comparison to find the start.
 */
export function byColumns(
  columns: readonly string[],
  operator: ">" | "<",
  placeholder: (column: number) => string,
): string {
  const rest = (index: number): string => {
    const beyond = `${columns[index]} ${operator} ${placeholder(index)}`;
    if (index === columns.length - 1) return beyond;
    return `(${beyond} OR (${columns[index]} = ${placeholder(index)} AND ${rest(index + 1)}))`;
  };
  if (columns.length === 1) return rest(0);
  return `${columns[0]} ${operator}= ${placeholder(0)} AND ${rest(0)}`;
}

function quoted({ quote, longestName }: SqlDialect, name: string): string {
  if (name.includes("\0")) throw new TypeError("the name of a key column must not contain NUL");
  if (Buffer.byteLength(name) > longestName) {
    throw new TypeError(`the name of a key column must have at most ${longestName} bytes: ${name}`);
  }
  return quote + name.replaceAll(quote, quote + quote) + quote;
}
