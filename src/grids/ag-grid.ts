/** @module AG Grid: its filter model, column state and quick filter as parameters of an export. */

import {
  all,
  any,
  butPresent,
  type GridFilter,
  type GridParams,
  type GridValue,
  gridParams,
  not,
  type OrderOperator,
  sortBy,
} from "./filter.ts";
import { localDay, parseLocal } from "./local-time.ts";
import { UntranslatableError } from "./untranslatable.ts";

/** What the grid's API gives. */
export interface AgGridState {
  /** `api.getColumnState()` */
  columnState: readonly AgGridColumnState[];
  /** `api.getFilterModel()` */
  filterModel?: Readonly<Record<string, unknown>> | null | undefined;
  /** As in a request of the server-side row model. Default: what `columnState` says. */
  sortModel?: readonly { colId: string; sort: "asc" | "desc" }[] | undefined;
  /** `api.getQuickFilter()` */
  quickFilter?: string | null | undefined;
}

export interface AgGridColumnState {
  colId: string;
  hide?: boolean | null | undefined;
  sort?: "asc" | "desc" | null | undefined;
  sortIndex?: number | null | undefined;
  pinned?: boolean | "left" | "right" | null | undefined;
}

/** The members of a column's `filterParams` that change which rows pass. */
export interface AgGridFilterParams {
  caseSensitive?: boolean | undefined;
  trimInput?: boolean | undefined;
  inRangeInclusive?: boolean | undefined;
  includeBlanksInEquals?: boolean | undefined;
  includeBlanksInNotEqual?: boolean | undefined;
  includeBlanksInGreaterThan?: boolean | undefined;
  includeBlanksInLessThan?: boolean | undefined;
  includeBlanksInRange?: boolean | undefined;
}

export interface AgGridOptions {
  /** By column: what its definition says, where it says something. */
  filterParams?: Readonly<Record<string, AgGridFilterParams>> | undefined;
  /** Columns whose cells are instants. A date filter of any other column compares days. */
  instants?: readonly string[] | undefined;
  /** The columns that the quick filter searches. Default: the visible ones. */
  searched?: readonly string[] | undefined;
  /** For filters of the application's own: the translation of a column's model, or undefined for the default. */
  translate?: ((column: string, model: unknown) => GridFilter | undefined) | undefined;
}

interface Condition {
  filterType?: string;
  type?: string | null;
  filter?: string | number | null;
  filterTo?: string | number | null;
  dateFrom?: string | null;
  dateTo?: string | null;
}

/**
 * The rows and columns that the grid shows. Throws an `UntranslatableError` for a filter that the server could not
 * apply as the grid does: a custom option, a relative date.
 */
export function agGridParams(state: AgGridState, options: AgGridOptions = {}): GridParams {
  const columns = shownColumns(state.columnState);
  const filters = Object.entries(state.filterModel ?? {}).flatMap(([column, model]) =>
    model == null ? [] : [options.translate?.(column, model) ?? ofModel(column, model, options)],
  );
  return gridParams(
    columns,
    [...filters, ...ofQuickFilter(state.quickFilter, options.searched ?? columns)],
    sorted(state).map(({ colId, sort }) => sortBy(colId, sort === "desc")),
  );
}

/** From left to right: pinned ones stand outside. Columns of the grid's own (checkboxes, groups) have no data. */
function shownColumns(state: readonly AgGridColumnState[]): string[] {
  const shown = state.filter(({ colId, hide }) => !hide && !colId.startsWith("ag-Grid-"));
  const place = ({ pinned }: AgGridColumnState) => (pinned === "right" ? 2 : pinned ? 0 : 1);
  return [0, 1, 2].flatMap((at) => shown.filter((column) => place(column) === at).map(({ colId }) => colId));
}

function sorted({ sortModel, columnState }: AgGridState): readonly { colId: string; sort: string }[] {
  if (sortModel) return sortModel;
  return columnState
    .filter(({ sort }) => sort === "asc" || sort === "desc")
    .sort((a, b) => (a.sortIndex ?? 0) - (b.sortIndex ?? 0))
    .map(({ colId, sort }) => ({ colId, sort: sort as string }));
}

/** Every word must occur in one of the columns. */
function ofQuickFilter(text: string | null | undefined, searched: readonly string[]): GridFilter[] {
  return (text ?? "")
    .split(" ")
    .filter((word) => word !== "")
    .map((value) => any(searched.map((column) => ({ op: "contains", column, value }))));
}

function ofModel(column: string, model: unknown, options: AgGridOptions): GridFilter {
  const { filterType, operator, conditions, filterModels, values } = model as {
    filterType?: string;
    operator?: string;
    conditions?: unknown[];
    filterModels?: unknown[];
    values?: (string | null)[];
  };
  if (conditions) {
    const parts = conditions.map((condition) => ofModel(column, condition, options));
    return operator === "OR" ? any(parts) : all(parts);
  }
  if (filterType === "multi") {
    const parts = (filterModels ?? []).filter((part) => part !== null);
    return all(parts.map((part) => ofModel(column, part, options)));
  }
  if (filterType === "set" && values) return ofSet(column, values);
  return ofCondition(column, model as Condition, options);
}

function ofSet(column: string, values: readonly (string | null)[]): GridFilter {
  const present = values.filter((value) => value !== null);
  return any([
    { op: "in", column, values: present },
    ...(present.length < values.length ? [{ op: "null", column } as const] : []),
  ]);
}

const TEXT = ["contains", "notContains", "equals", "notEqual", "startsWith", "endsWith"];
const ORDER: Readonly<Record<string, OrderOperator>> = {
  lessThan: "less",
  lessThanOrEqual: "lessOrEqual",
  greaterThan: "greater",
  greaterThanOrEqual: "greaterOrEqual",
};
const AVAILABLE = [...TEXT, ...Object.keys(ORDER), "inRange", "blank", "notBlank"];

function ofCondition(column: string, condition: Condition, options: AgGridOptions): GridFilter {
  const { filterType, type } = condition;
  const params = options.filterParams?.[column] ?? {};
  if (type === "blank") return { op: "blank", column };
  if (type === "notBlank") return not({ op: "blank", column });
  if (filterType === "text" && TEXT.includes(type ?? "")) return ofText(column, condition, params);
  if (filterType === "number" || filterType === "bigint") {
    const { filter, filterTo } = condition;
    return ofScalar(column, condition, [filter, filterTo], params);
  }
  if (filterType === "date") {
    const bounds = [condition.dateFrom, condition.dateTo].map((text) =>
      boundOf(text, options.instants?.includes(column) ?? false),
    );
    return ofScalar(column, condition, bounds, params);
  }
  throw new UntranslatableError("AG Grid", column, `${filterType} ${type}`, AVAILABLE);
}

function ofText(column: string, condition: Condition, params: AgGridFilterParams): GridFilter {
  const given = String(condition.filter ?? "");
  const value = params.trimInput && given.trim() !== "" ? given.trim() : given;
  const wanted = { column, value, ...(params.caseSensitive && { caseSensitive: true }) };
  switch (condition.type) {
    case "contains":
    case "startsWith":
    case "endsWith":
      return { op: condition.type, ...wanted };
    case "notContains":
      return not({ op: "contains", ...wanted });
    case "notEqual":
      return not({ op: "equals", ...wanted });
    default:
      return { op: "equals", ...wanted };
  }
}

function ofScalar(
  column: string,
  { filterType, type }: Condition,
  [from, to]: readonly (GridValue | null | undefined)[],
  params: AgGridFilterParams,
): GridFilter {
  const refuse = (what: string) => new UntranslatableError("AG Grid", column, what, AVAILABLE);
  const value = (given: GridValue | null | undefined) => {
    if (typeof given === "string" || typeof given === "number") return given;
    throw refuse(`${filterType} ${type} without a value`);
  };
  const orBlank = (filter: GridFilter, include: boolean | undefined) =>
    include ? any([filter, { op: "null", column }]) : filter;
  switch (type) {
    case "equals":
      return orBlank({ op: "equals", column, value: value(from) }, params.includeBlanksInEquals);
    case "notEqual": {
      const equals: GridFilter = { op: "equals", column, value: value(from) };
      return params.includeBlanksInNotEqual ? not(equals) : butPresent(equals, column);
    }
    case "lessThan":
    case "lessThanOrEqual":
      return orBlank({ op: ORDER[type]!, column, value: value(from) }, params.includeBlanksInLessThan);
    case "greaterThan":
    case "greaterThanOrEqual":
      return orBlank({ op: ORDER[type]!, column, value: value(from) }, params.includeBlanksInGreaterThan);
    case "inRange": {
      const [above, below] = params.inRangeInclusive
        ? (["greaterOrEqual", "lessOrEqual"] as const)
        : (["greater", "less"] as const);
      const within = all([
        { op: above, column, value: value(from) },
        { op: below, column, value: value(to) },
      ]);
      return orBlank(within, params.includeBlanksInRange);
    }
    default:
      throw refuse(`${filterType} ${type}`);
  }
}

/** The grid compares local time; a day of the model is its midnight. */
function boundOf(text: string | null | undefined, isInstant: boolean): string | null {
  const date = text ? parseLocal(text) : null;
  if (date === null) return null;
  return isInstant ? date.toISOString() : localDay(date);
}
