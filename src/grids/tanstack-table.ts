/** @module TanStack Table: its filter, sorting and visibility state as parameters of an export. */

import {
  all,
  any,
  type GridFilter,
  type GridParams,
  type GridValue,
  gridParams,
  not,
  sortBy,
} from "./filter.ts";
import type { GridColumnType } from "./grid-columns.ts";
import { localDay } from "./local-time.ts";
import { UntranslatableError } from "./untranslatable.ts";

/** The slices of the table's state that decide what it shows. */
export interface TanstackTableState {
  columnFilters?: readonly { id: string; value: unknown }[] | undefined;
  sorting?: readonly { id: string; desc: boolean }[] | undefined;
  columnVisibility?: Readonly<Record<string, boolean>> | undefined;
  columnOrder?: readonly string[] | undefined;
  globalFilter?: unknown;
}

export interface TanstackColumn {
  id: string;
  /** What its cells hold; default `text`. `date`: calendar days, `datetime`: instants. */
  type?: GridColumnType | undefined;
  /** The name of its filter function. Default: what the table's "auto" takes for the type. */
  filterFn?: string | undefined;
  /** Whether the global filter searches it. Default: text and numbers. */
  searched?: boolean | undefined;
}

export interface TanstackTableOptions {
  /** For filter functions of the application's own: a filter's translation, or undefined for the default. */
  translate?: ((column: string, value: unknown) => GridFilter | undefined) | undefined;
}

/**
 * The rows and columns that the table shows; `columns` are those that hold data. Filters without a value count for
 * nothing, as in the table. Throws an `UntranslatableError` for a filter function that is not one of the table's own.
 */
export function tanstackTableParams(
  state: TanstackTableState,
  columns: readonly TanstackColumn[],
  options: TanstackTableOptions = {},
): GridParams {
  const { columnFilters = [], sorting = [], globalFilter } = state;
  const filters = columnFilters.flatMap(({ id, value }) => {
    const column = columns.find((candidate) => candidate.id === id);
    if (!column || isNothing(value)) return [];
    return options.translate?.(id, value) ?? ofFilter(column, value) ?? [];
  });
  if (!isNothing(globalFilter)) {
    const searched = columns.filter(({ searched, type = "text" }) => searched ?? /text|number/.test(type));
    const value = String(globalFilter);
    filters.push(any(searched.map(({ id }) => ({ op: "contains", column: id, value }))));
  }
  const sort = sorting.filter(({ id }) => columns.some((column) => column.id === id));
  return gridParams(
    shownColumns(state, columns),
    filters,
    sort.map(({ id, desc }) => sortBy(id, desc)),
  );
}

/** Columns that `columnOrder` does not name follow those that it names. */
function shownColumns(
  { columnVisibility = {}, columnOrder = [] }: TanstackTableState,
  columns: readonly TanstackColumn[],
): string[] {
  const ids = columns.map(({ id }) => id);
  const named = columnOrder.filter((id) => ids.includes(id));
  const others = ids.filter((id) => !named.includes(id));
  return [...named, ...others].filter((id) => columnVisibility[id] !== false);
}

function isNothing(value: unknown): boolean {
  return value === undefined || value === null || value === "";
}

const AUTO = {
  text: "includesString",
  number: "inNumberRange",
  boolean: "equals",
  date: "inDateRange",
  datetime: "inDateRange",
} as const;

type Ends = [from: unknown, to: unknown];

/** By the name of the table's function. Null: the value says nothing. */
const FILTERS: Readonly<Record<string, (column: TanstackColumn, value: never) => GridFilter | null>> = {
  includesString: ({ id }, value) => ({ op: "contains", column: id, value: String(value) }),
  includesStringSensitive: ({ id }, value) => ({
    op: "contains",
    column: id,
    value: String(value),
    caseSensitive: true,
  }),
  equalsString: (column, value) => equals(column, value, false),
  equalsStringSensitive: (column, value) => equals(column, value, true),
  startsWith: ({ id }, value) => ({ op: "startsWith", column: id, value: String(value) }),
  endsWith: ({ id }, value) => ({ op: "endsWith", column: id, value: String(value) }),
  equals: (column, value) => equals(column, value, true),
  weakEquals: (column, value) => equals(column, value, true),
  empty: ({ id }, value) => (value === false ? null : { op: "blank", column: id }),
  notEmpty: ({ id }, value) => (value === false ? null : not({ op: "blank", column: id })),
  arrHas: (column, values: GridValue[]) =>
    values.length === 0
      ? null
      : {
          op: "in",
          column: column.id,
          values: values.map((value) => typedValue(column, value)),
          caseSensitive: true,
        },
  inNumberRange: ({ id }, ends: Ends) =>
    ends.every(isNothing) ? null : range(id, numberOf(ends[0]), numberOf(ends[1])),
  inDateRange: (column, ends: Ends) =>
    ends.every(isNothing) ? null : range(column.id, dateOf(column, ends[0]), dateOf(column, ends[1])),
};

function ofFilter(column: TanstackColumn, value: unknown): GridFilter | null {
  const { filterFn = "auto", type = "text" } = column;
  const name = filterFn === "auto" ? AUTO[type] : filterFn;
  const translate = Object.hasOwn(FILTERS, name) ? FILTERS[name] : undefined;
  if (translate) return translate(column, value as never);
  throw new UntranslatableError("TanStack Table", column.id, name, Object.keys(FILTERS));
}

function equals(column: TanstackColumn, given: unknown, isExact: boolean): GridFilter {
  const value = typedValue(column, given);
  const isText = typeof value === "string" && (column.type ?? "text") === "text";
  return { op: "equals", column: column.id, value, ...(isExact && isText && { caseSensitive: true }) };
}

/** The value in the column's type; the table's inputs give text. */
function typedValue(column: TanstackColumn, value: unknown): GridValue {
  switch (column.type) {
    case "number":
      return numberOf(value) ?? String(value);
    case "boolean":
      return typeof value === "boolean" ? value : value === "true";
    case "date":
    case "datetime":
      return dateOf(column, value) ?? String(value);
    default:
      return String(value);
  }
}

/** Both ends belong to it; one that is missing is open, and the ends may stand the wrong way round. */
function range<Bound extends string | number>(column: string, a: Bound | null, b: Bound | null): GridFilter {
  const [from, to] = a !== null && b !== null && a > b ? [b, a] : [a, b];
  return all([
    ...(from === null ? [] : [{ op: "greaterOrEqual", column, value: from } as const]),
    ...(to === null ? [] : [{ op: "lessOrEqual", column, value: to } as const]),
    // Ends that are no numbers are open, but the table leaves out rows without a value even then.
    ...(from === null && to === null ? [not({ op: "null", column })] : []),
  ]);
}

function numberOf(value: unknown): number | null {
  const number = typeof value === "number" ? value : Number.parseFloat(String(value));
  return Number.isFinite(number) ? number : null;
}

function dateOf({ type }: TanstackColumn, value: unknown): string | null {
  if (value === null || value === undefined || value === "") return null;
  const date = new Date(value as string | number | Date);
  if (Number.isNaN(date.getTime())) return null;
  if (type !== "date") return date.toISOString();
  // A text is read as midnight in UTC, an object as the local day that it was made for.
  return typeof value === "string" ? value.slice(0, 10) : localDay(date);
}
