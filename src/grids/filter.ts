/** @module The state of a grid in one form: what the adapters make, and what the server checks and applies. */

/** Text in any column; a date as `YYYY-MM-DD`, an instant as RFC 3339 in UTC; an integer of any size as its digits. */
export type GridValue = string | number | boolean;

type TextOperator = "contains" | "startsWith" | "endsWith";
export type OrderOperator = "less" | "lessOrEqual" | "greater" | "greaterOrEqual";
/** No value at all; that or an empty text; that or a text of nothing but white space. */
type AbsenceOperator = "null" | "empty" | "blank";

/**
 * What a grid shows, as a tree. Every condition is true or false for every row, and `not` turns it around: a missing
 * value equals nothing, contains nothing, and is neither less nor greater. Text is compared without regard to case
 * unless `caseSensitive` is true. An empty `and` is true, an empty `or` is false.
 */
export type GridFilter =
  | { op: "and"; filters: GridFilter[] }
  | { op: "or"; filters: GridFilter[] }
  | { op: "not"; filter: GridFilter }
  | GridCondition;

export type GridCondition =
  | { op: AbsenceOperator; column: string }
  | { op: TextOperator; column: string; value: string; caseSensitive?: boolean | undefined }
  | ({ op: "equals"; column: string; value: GridValue } & TextComparison)
  | ({ op: "in"; column: string; values: GridValue[] } & TextComparison)
  | { op: OrderOperator; column: string; value: string | number };

export interface TextComparison {
  caseSensitive?: boolean | undefined;
  /** "é" equals "e", as MUI X compares. Implies that case does not matter. */
  ignoreAccents?: boolean | undefined;
}

/** Ascending puts missing values first, descending puts them last, as the grids do. */
export interface GridSort {
  column: string;
  descending?: boolean | undefined;
}

/** A grid's state as parameters of an export. */
export interface GridParams {
  /** The visible columns from left to right: what the export's own parameter `columns` takes. */
  columns: string[];
  /** Absent: all rows. */
  filters?: GridFilter;
  /** Absent: the export's own order. */
  sort?: GridSort[];
}

export function all(filters: readonly GridFilter[]): GridFilter {
  return filters.length === 1 ? (filters[0] as GridFilter) : { op: "and", filters: [...filters] };
}

export function any(filters: readonly GridFilter[]): GridFilter {
  return filters.length === 1 ? (filters[0] as GridFilter) : { op: "or", filters: [...filters] };
}

export function not(filter: GridFilter): GridFilter {
  return { op: "not", filter };
}

/** The condition turned around for those that have a value: how the grids' "not equal" treats numbers and dates. */
export function butPresent(filter: GridFilter, column: string): GridFilter {
  return all([not(filter), not({ op: "null", column })]);
}

/** Leaves out what says nothing, so that equal views make equal requests. */
export function gridParams(
  columns: readonly string[],
  filters: readonly GridFilter[],
  sort: readonly GridSort[],
): GridParams {
  return {
    columns: [...columns],
    ...(filters.length > 0 && { filters: all(filters) }),
    ...(sort.length > 0 && { sort: [...sort] }),
  };
}

export function sortBy(column: string, descending: boolean): GridSort {
  return descending ? { column, descending } : { column };
}
