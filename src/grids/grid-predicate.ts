/** @module A grid's filters and sort for rows in memory. */

import type { GridCondition, GridFilter, GridSort, GridValue, TextComparison } from "./filter.ts";
import { checkedGridColumns, columnOf, type GridColumns, type GridColumnType } from "./grid-columns.ts";
import { localDay } from "./local-time.ts";
import { areEqual, foldCase } from "./text-comparison.ts";

/** Reads a cell. Default: the row's property of the column's name. */
export type CellOf<Row> = (row: Row, column: string) => unknown;

const propertyOf: CellOf<unknown> = (row, column) => (row as Record<string, unknown>)[column];

type Test<Row> = (row: Row) => boolean;

/**
 * Whether the grid shows a row. `filters` are those of `gridParams`, checked; without any, all rows. Cells of dates may
 * be texts or `Date` objects, of which the local day counts for a `date`.
 */
export function gridPredicate<Row>(
  columns: GridColumns,
  filters: GridFilter | undefined,
  cellOf: CellOf<Row> = propertyOf,
): (row: Row) => boolean {
  const known = checkedGridColumns(columns);
  const compile = (filter: GridFilter): Test<Row> => {
    if (filter.op === "not") {
      const test = compile(filter.filter);
      return (row) => !test(row);
    }
    if (filter.op === "and" || filter.op === "or") {
      const tests = filter.filters.map(compile);
      if (filter.op === "and") return (row) => tests.every((test) => test(row));
      return (row) => tests.some((test) => test(row));
    }
    const test = testOf(filter, columnOf(known, filter.column).type);
    return (row) => test(cellOf(row, filter.column) ?? null);
  };
  return filters === undefined ? () => true : compile(filters);
}

/** Compares rows by the grid's sort, for `array.sort`; text by `collator`, else by its code units. */
export function gridOrder<Row>(
  columns: GridColumns,
  sort: readonly GridSort[] | undefined,
  {
    cellOf = propertyOf,
    collator,
  }: { cellOf?: CellOf<Row> | undefined; collator?: Intl.Collator | undefined } = {},
): (a: Row, b: Row) => number {
  const known = checkedGridColumns(columns);
  return (a, b) => {
    for (const { column, descending } of sort ?? []) {
      const type = known.get(column)?.type ?? "text";
      const [left, right] = [a, b].map((row) => comparable(cellOf(row, column), type)) as [
        Comparable,
        Comparable,
      ];
      const order = compare(left, right, collator);
      if (order !== 0) return descending ? -order : order;
    }
    return 0;
  };
}

function testOf(condition: GridCondition, type: GridColumnType): (cell: unknown) => boolean {
  switch (condition.op) {
    case "null":
      return (cell) => cell === null;
    case "empty":
      return (cell) => cell === null || cell === "";
    case "blank":
      return (cell) => cell === null || (typeof cell === "string" && cell.trim() === "");
    case "contains":
    case "startsWith":
    case "endsWith": {
      const fold = condition.caseSensitive ? (text: string) => text : foldCase;
      const wanted = fold(condition.value);
      const test = { contains: "includes", startsWith: "startsWith", endsWith: "endsWith" } as const;
      const method = test[condition.op];
      return (cell) => cell !== null && fold(String(cell))[method](wanted);
    }
    case "equals":
      return equalTo(condition.value, type, condition);
    case "in": {
      const tests = condition.values.map((value) => equalTo(value, type, condition));
      return (cell) => tests.some((test) => test(cell));
    }
    default: {
      const wanted = comparable(condition.value, type);
      const passes = ORDER[condition.op];
      return (cell) => {
        const found = comparable(cell, type);
        return found !== null && wanted !== null && passes(compare(found, wanted));
      };
    }
  }
}

const ORDER = {
  less: (order: number) => order < 0,
  lessOrEqual: (order: number) => order <= 0,
  greater: (order: number) => order > 0,
  greaterOrEqual: (order: number) => order >= 0,
};

function equalTo(
  value: GridValue,
  type: GridColumnType,
  comparison: TextComparison,
): (cell: unknown) => boolean {
  if (type === "text") {
    const text = String(value);
    return (cell) => cell !== null && areEqual(String(cell), text, comparison);
  }
  const wanted = comparable(value, type);
  return (cell) => {
    const found = comparable(cell, type);
    return found !== null && wanted !== null && compare(found, wanted) === 0;
  };
}

type Comparable = string | number | bigint | null;

/** Null for a missing value, and for one that is none of this type. */
function comparable(cell: unknown, type: GridColumnType): Comparable {
  if (cell === null || cell === undefined) return null;
  switch (type) {
    case "text":
      return String(cell);
    case "boolean":
      return cell === true || cell === 1 || cell === 1n || cell === "true" ? 1 : 0;
    case "number":
      return numberOf(cell);
    case "date":
      if (cell instanceof Date) return localDay(cell);
      return typeof cell === "string" ? cell.slice(0, 10) : null;
    case "datetime": {
      const time = cell instanceof Date ? cell.getTime() : new Date(cell as string | number).getTime();
      return Number.isNaN(time) ? null : time;
    }
  }
}

function numberOf(cell: unknown): number | bigint | null {
  if (typeof cell === "bigint") return cell;
  if (typeof cell === "string") {
    if (cell.trim() === "") return null;
    if (/^-?\d{16,}$/.test(cell)) return BigInt(cell);
  }
  const number = Number(cell);
  return Number.isNaN(number) ? null : number;
}

function compare(a: Comparable, b: Comparable, collator?: Intl.Collator): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? -1 : 1;
  if (collator && typeof a === "string" && typeof b === "string") return collator.compare(a, b);
  return a < b ? -1 : a > b ? 1 : 0;
}
