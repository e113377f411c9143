/** @module How three databases compare text, numbers and times so that a grid's filters mean the same in each. */

import type { GridColumnType, GridSqlValue } from "./grid-columns.ts";

export type GridDialectName = "sqlite" | "postgres" | "mysql";

/** Makes a placeholder for a value. */
export type Bind = (value: GridSqlValue) => string;

export interface GridDialect {
  quote: '"' | "`";
  placeholder(position: number): string;
  /** Any value as text that is compared byte by byte. */
  asText(sql: string): string;
  /** The texts are folded on both sides already, or compared as they are. */
  contains(text: string, value: string, bind: Bind): string;
  startsWith(text: string, value: string, bind: Bind): string;
  endsWith(text: string, value: string, bind: Bind): string;
  equalsAny(text: string, values: readonly string[], bind: Bind): string;
  isBlank(text: string, bind: Bind): string;
  /** The placeholder of a number, day, instant or boolean, in the type that the column has. */
  value(value: string | number | boolean, type: GridColumnType, bind: Bind): string;
  /** Missing values first, when descending last. */
  order(sql: string, descending: boolean): string;
}

/** What `trim` of JavaScript takes away: white space and line terminators of ECMAScript. */
const WHITE_SPACE =
  "\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff";

const ESCAPE = "!";

/** A pattern's text: only the wildcards around it are some. Not a backslash, which MySQL reads in texts as well. */
function escaped(text: string): string {
  return text.replaceAll(/[!%_]/g, `${ESCAPE}$&`);
}

function like(text: string, pattern: string, bind: Bind): string {
  return `${text} LIKE ${bind(pattern)} ESCAPE '${ESCAPE}'`;
}

function anyOf(text: string, values: readonly string[], bind: Bind): string {
  return values.length === 0 ? "1 = 0" : `${text} IN (${values.map(bind).join(", ")})`;
}

/** By LIKE, for which PostgreSQL and MySQL compare whole characters in the text's collation. */
const byPattern = {
  contains: (text: string, value: string, bind: Bind) => like(text, `%${escaped(value)}%`, bind),
  startsWith: (text: string, value: string, bind: Bind) => like(text, `${escaped(value)}%`, bind),
  endsWith: (text: string, value: string, bind: Bind) => like(text, `%${escaped(value)}`, bind),
};

/** Not by LIKE, which ignores the case of ASCII letters there. */
const sqlite: GridDialect = {
  quote: '"',
  placeholder: () => "?",
  asText: (sql) => `CAST(${sql} AS TEXT) COLLATE BINARY`,
  contains: (text, value, bind) => `instr(${text}, ${bind(value)}) > 0`,
  startsWith: (text, value, bind) => `substr(${text}, 1, ${length(value)}) = ${bind(value)}`,
  endsWith: (text, value, bind) =>
    value === "" ? "1 = 1" : `substr(${text}, -${length(value)}) = ${bind(value)}`,
  equalsAny: anyOf,
  isBlank: (text, bind) => `trim(${text}, ${bind(WHITE_SPACE)}) = ''`,
  value: (value, type, bind) => bind(plain(value, type)),
  order: (sql, descending) => `${sql}${descending ? " DESC" : ""}`,
};

const postgres: GridDialect = {
  quote: '"',
  placeholder: (position) => `$${position}`,
  asText: (sql) => `(${sql})::text`,
  ...byPattern,
  equalsAny: anyOf,
  isBlank: (text, bind) => `btrim(${text}, ${bind(WHITE_SPACE)}) = ''`,
  value: (value, type, bind) =>
    `${bind(typeof value === "boolean" ? String(value) : value)}::${postgresType(value, type)}`,
  order: (sql, descending) => `${sql}${descending ? " DESC NULLS LAST" : " NULLS FIRST"}`,
};

/** Equality by LIKE too: `=` ignores spaces at the end. */
const mysql: GridDialect = {
  quote: "`",
  placeholder: () => "?",
  asText: (sql) => `CONVERT(${sql} USING utf8mb4) COLLATE utf8mb4_bin`,
  ...byPattern,
  equalsAny: (text, values, bind) =>
    values.length === 0
      ? "1 = 0"
      : `(${values.map((value) => like(text, escaped(value), bind)).join(" OR ")})`,
  isBlank: (text, bind) => `${text} REGEXP ${bind(`^[${WHITE_SPACE}]*$`)}`,
  value: (value, type, bind) =>
    bind(type === "datetime" ? String(value).replace("T", " ").replace("Z", "") : plain(value, type)),
  order: (sql, descending) => `${sql}${descending ? " DESC" : ""}`,
};

export const DIALECTS: Readonly<Record<GridDialectName, GridDialect>> = { sqlite, postgres, mysql };

/** In characters, as SQLite counts them, not in UTF-16 units. */
function length(text: string): number {
  return [...text].length;
}

/** True is 1; an integer beyond 2^53, which comes as its digits, is a bigint. */
function plain(value: string | number | boolean, type: GridColumnType): GridSqlValue {
  if (typeof value === "boolean") return Number(value);
  return type === "number" && typeof value === "string" ? BigInt(value) : value;
}

/** A bigint is compared with any integer column by its index; a numeric only where it has to be. */
function postgresType(value: string | number | boolean, type: GridColumnType): string {
  if (type === "date") return "date";
  if (type === "datetime") return "timestamptz";
  if (type === "boolean") return "boolean";
  return Number.isSafeInteger(Number(value)) ? "bigint" : "numeric";
}
