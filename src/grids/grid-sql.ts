/** @module A grid's filters and sort as SQL: only listed columns, every value bound. */

import { valueName } from "../text/value-name.ts";
import type { GridCondition, GridFilter, GridSort, TextComparison } from "./filter.ts";
import {
  checkedGridColumns,
  columnOf,
  type GridColumnOptions,
  type GridColumns,
  type GridSqlValue,
} from "./grid-columns.ts";
import { type Bind, DIALECTS, type GridDialect, type GridDialectName } from "./sql-dialects.ts";
import { foldAccents, foldCase } from "./text-comparison.ts";

export interface GridSqlOptions {
  dialect: GridDialectName;
  columns: GridColumns;
  /** Text in lower case; default `lower(…)`. SQLite's own `lower` knows only ASCII: see docs/grids.md. */
  lower?: ((sql: string) => string) | undefined;
  /** Text without accents, such as `unaccent(…)` of PostgreSQL. Without it, accents count for MUI X's "equals". */
  unaccent?: ((sql: string) => string) | undefined;
}

export interface GridWhere {
  /** A condition in parentheses; `(1 = 1)` for no filter. True or false for every row, never null. */
  sql: string;
  /** The values of its placeholders, in order. */
  values: GridSqlValue[];
}

export interface GridSql {
  /** `first`: the number of the first placeholder, for PostgreSQL, where the statement has others before. */
  where(filters: GridFilter | undefined, options?: { first?: number }): GridWhere;
  /** `a DESC, b`; empty without a sort. Add a unique column behind it: rows that are equal have no order. */
  orderBy(sort: readonly GridSort[] | undefined): string;
}

/** Throws a `TypeError` for an invalid declaration, and for filters that `gridParams` would have refused. */
export function gridSql(options: GridSqlOptions): GridSql {
  const dialect = DIALECTS[options?.dialect];
  if (!dialect) {
    throw new TypeError(
      `gridSql() takes a dialect (available: ${Object.keys(DIALECTS).join(", ")}), not ${valueName(options?.dialect)}`,
    );
  }
  const known = checkedGridColumns(options.columns);
  const find = (name: string) => {
    const column = columnOf(known, name);
    return { column, sql: column.sql ?? quoted(name, dialect) };
  };
  return {
    where(filters, { first = 1 } = {}) {
      const values: GridSqlValue[] = [];
      const bind: Bind = (value) => dialect.placeholder(first + values.push(value) - 1);
      const write = (filter: GridFilter): string => {
        if (filter.op === "not") return `(NOT ${write(filter.filter)})`;
        if (filter.op === "and" || filter.op === "or") {
          if (filter.filters.length === 0) return filter.op === "and" ? "(1 = 1)" : "(1 = 0)";
          return `(${filter.filters.map(write).join(filter.op === "and" ? " AND " : " OR ")})`;
        }
        const { column, sql } = find(filter.column);
        return conditionSql(filter, column, sql, { dialect, bind, options });
      };
      return { sql: filters === undefined ? "(1 = 1)" : write(filters), values };
    },
    orderBy: (sort) =>
      (sort ?? [])
        .map(({ column, descending }) => dialect.order(find(column).sql, descending === true))
        .join(", "),
  };
}

interface Writing {
  dialect: GridDialect;
  bind: Bind;
  options: GridSqlOptions;
}

function conditionSql(
  condition: GridCondition,
  column: GridColumnOptions,
  sql: string,
  writing: Writing,
): string {
  const { dialect, bind } = writing;
  const shown = dialect.asText(column.text ?? sql);
  /** Never null, so that NOT turns it around. */
  const present = (test: string) => `(${sql} IS NOT NULL AND ${test})`;
  const value = (given: string | number | boolean) =>
    column.bind ? bind(column.bind(given)) : dialect.value(given, column.type, bind);
  switch (condition.op) {
    case "null":
      return `(${sql} IS NULL)`;
    case "empty":
      return column.type === "text"
        ? `(${sql} IS NULL OR ${dialect.equalsAny(shown, [""], bind)})`
        : `(${sql} IS NULL)`;
    case "blank":
      return column.type === "text"
        ? `(${sql} IS NULL OR ${dialect.isBlank(shown, bind)})`
        : `(${sql} IS NULL)`;
    case "contains":
    case "startsWith":
    case "endsWith": {
      const { text, fold } = foldedText(shown, condition, writing);
      return present(dialect[condition.op](text, fold(condition.value), bind));
    }
    case "equals":
    case "in": {
      const wanted = condition.op === "in" ? condition.values : [condition.value];
      if (column.type === "text") {
        const { text, fold } = foldedText(dialect.asText(sql), condition, writing);
        return present(
          dialect.equalsAny(
            text,
            wanted.map((given) => fold(String(given))),
            bind,
          ),
        );
      }
      if (wanted.length === 0) return "(1 = 0)";
      return present(`${sql} IN (${wanted.map(value).join(", ")})`);
    }
    default:
      return present(`${sql} ${SIGNS[condition.op]} ${value(condition.value)}`);
  }
}

const SIGNS = { less: "<", lessOrEqual: "<=", greater: ">", greaterOrEqual: ">=" } as const;

function foldedText(
  text: string,
  { caseSensitive, ignoreAccents }: TextComparison,
  { dialect, options }: Writing,
): { text: string; fold(value: string): string } {
  const lower = options.lower ?? ((sql: string) => `lower(${sql})`);
  if (ignoreAccents && options.unaccent) {
    return { text: dialect.asText(lower(options.unaccent(text))), fold: foldAccents };
  }
  if (caseSensitive) return { text, fold: (value) => value };
  return { text: dialect.asText(lower(text)), fold: foldCase };
}

function quoted(name: string, { quote }: GridDialect): string {
  return `${quote}${name.replaceAll(quote, quote + quote)}${quote}`;
}
