/** @module MUI X Data Grid: its filter, sort and visibility models as parameters of an export. */

import {
  all,
  any,
  type GridFilter,
  type GridParams,
  type GridValue,
  gridParams,
  not,
  type OrderOperator,
  sortBy,
} from "./filter.ts";
import { type DateOperator, dateFilter, isDateOperator } from "./mui-dates.ts";
import { UntranslatableError } from "./untranslatable.ts";

/** What the grid's `apiRef` gives. */
export interface MuiGridState {
  /** `apiRef.current.getAllColumns()`: in the order that the user gave them. */
  columns: readonly MuiGridColumn[];
  /** `gridFilterModelSelector(apiRef)`, or the controlled model. */
  filterModel?: MuiFilterModel | undefined;
  /** `apiRef.current.getSortModel()` */
  sortModel?: readonly { field: string; sort?: "asc" | "desc" | null | undefined }[] | undefined;
  /** `gridColumnVisibilityModelSelector(apiRef)`, or the controlled model. */
  columnVisibilityModel?: Readonly<Record<string, boolean>> | undefined;
}

export interface MuiGridColumn {
  field: string;
  /** `string` if absent. */
  type?: string | undefined;
  valueOptions?: unknown;
}

export interface MuiFilterModel {
  items: readonly { field: string; operator: string; value?: unknown }[];
  logicOperator?: string | undefined;
  quickFilterValues?: readonly unknown[] | undefined;
  quickFilterLogicOperator?: string | undefined;
  quickFilterExcludeHiddenColumns?: boolean | undefined;
}

export interface MuiGridOptions {
  /** Columns of the type `date` whose cells are instants: a day is compared as that of the browser's time zone. */
  instants?: readonly string[] | undefined;
  /** The columns that the quick filter searches. Default: those that the grid searches, except dates. */
  searched?: readonly string[] | undefined;
  /** For operators of the application's own: an item's translation, or undefined for the default. */
  translate?: ((column: string, item: unknown) => GridFilter | undefined) | undefined;
}

/**
 * The rows and columns that the grid shows. Items without a value count for nothing, as in the grid. Throws an
 * `UntranslatableError` for an operator that is not one of the grid's own.
 */
export function muiGridParams(state: MuiGridState, options: MuiGridOptions = {}): GridParams {
  const { filterModel, sortModel = [], columnVisibilityModel = {} } = state;
  const columns = state.columns.filter(({ field, type }) => !field.startsWith("__") && type !== "actions");
  const isShown = ({ field }: MuiGridColumn) => columnVisibilityModel[field] !== false;
  const shown = columns.filter(isShown);
  const filters: GridFilter[] = [];
  if (filterModel) {
    const items = filterModel.items.flatMap((item) => {
      const column = columns.find(({ field }) => field === item.field);
      if (!column) return [];
      return options.translate?.(item.field, item) ?? ofItem(column, item, options) ?? [];
    });
    if (items.length > 0) filters.push(filterModel.logicOperator === "or" ? any(items) : all(items));
    const searched = filterModel.quickFilterExcludeHiddenColumns === false ? columns : shown;
    filters.push(...ofQuickFilter(filterModel, searched, options));
  }
  const sort = sortModel.filter(({ sort }) => sort === "asc" || sort === "desc");
  return gridParams(
    shown.map(({ field }) => field),
    filters,
    sort.map((item) => sortBy(item.field, item.sort === "desc")),
  );
}

const NUMBER: Readonly<Record<string, OrderOperator>> = {
  ">": "greater",
  ">=": "greaterOrEqual",
  "<": "less",
  "<=": "lessOrEqual",
};
const AVAILABLE = [
  ...["contains", "doesNotContain", "equals", "doesNotEqual", "startsWith", "endsWith", "isAnyOf"],
  ...["=", "!=", ...Object.keys(NUMBER), "is", "not", "after", "onOrAfter", "before", "onOrBefore"],
  ...["isEmpty", "isNotEmpty"],
];

interface Item {
  operator: string;
  value?: unknown;
}

/** Null if the item says nothing yet. */
function ofItem({ field, type = "string" }: MuiGridColumn, item: Item, options: MuiGridOptions) {
  const isText = type === "string" || type === "longText";
  const { operator, value } = item;
  if (operator === "isEmpty") return { op: isText ? "empty" : "null", column: field } as const;
  if (operator === "isNotEmpty") return not({ op: isText ? "empty" : "null", column: field });
  if (value == null || value === "" || (Array.isArray(value) && value.length === 0)) return null;
  const translated = isText
    ? ofText(field, operator, value)
    : type === "number"
      ? ofNumber(field, operator, value)
      : type === "boolean"
        ? ofBoolean(field, value)
        : type === "singleSelect"
          ? ofChoice(field, operator, value)
          : isDateOperator(operator)
            ? ofDate(field, type, operator, value, options)
            : undefined;
  if (translated !== undefined) return translated;
  throw new UntranslatableError("MUI X Data Grid", field, `${type} ${operator}`, AVAILABLE);
}

function ofText(column: string, operator: string, given: unknown): GridFilter | undefined {
  const comparison = { column, ignoreAccents: true };
  if (operator === "isAnyOf" && Array.isArray(given)) {
    return { op: "in", ...comparison, values: given.map((value) => String(value).trim()) };
  }
  const value = String(given).trim();
  switch (operator) {
    case "contains":
    case "startsWith":
    case "endsWith":
      return { op: operator, column, value };
    case "doesNotContain":
      return not({ op: "contains", column, value });
    case "equals":
      return { op: "equals", ...comparison, value };
    case "doesNotEqual":
      return not({ op: "equals", ...comparison, value });
    default:
      return undefined;
  }
}

function ofNumber(column: string, operator: string, given: unknown): GridFilter | null | undefined {
  if (operator === "isAnyOf" && Array.isArray(given)) {
    return { op: "in", column, values: given.map(Number).filter((value) => !Number.isNaN(value)) };
  }
  const value = Number(given);
  if (Number.isNaN(value)) return null;
  if (operator === "=") return { op: "equals", column, value };
  if (operator === "!=") return not({ op: "equals", column, value });
  const op = NUMBER[operator];
  return op && { op, column, value };
}

/** A missing value counts as false. */
function ofBoolean(column: string, given: unknown): GridFilter | null {
  const isTrue: GridFilter = { op: "equals", column, value: true };
  const text = String(given).toLowerCase();
  return text === "true" ? isTrue : text === "false" ? not(isTrue) : null;
}

function ofChoice(column: string, operator: string, given: unknown): GridFilter | undefined {
  const plainValue = (choice: unknown) =>
    (typeof choice === "object" && choice !== null && "value" in choice ? choice.value : choice) as GridValue;
  const exactly = { column, caseSensitive: true };
  if (operator === "isAnyOf" && Array.isArray(given)) {
    return { op: "in", ...exactly, values: given.map(plainValue) };
  }
  const is: GridFilter = { op: "equals", ...exactly, value: plainValue(given) };
  return operator === "is" ? is : operator === "not" ? not(is) : undefined;
}

function ofDate(
  column: string,
  type: string,
  operator: DateOperator,
  given: unknown,
  { instants = [] }: MuiGridOptions,
): GridFilter | null {
  const date = new Date(given as string | number | Date);
  if (Number.isNaN(date.getTime())) return null;
  const cells = type === "dateTime" ? "minutes" : instants.includes(column) ? "instants" : "days";
  return dateFilter(column, operator, date, cells);
}

/** Every value (or one of them) must be found in one of the columns: within text, or as a number's whole value. */
function ofQuickFilter(
  model: MuiFilterModel,
  columns: readonly MuiGridColumn[],
  { searched }: MuiGridOptions,
): GridFilter[] {
  const values = (model.quickFilterValues ?? []).filter(Boolean);
  if (values.length === 0) return [];
  const where = columns.filter(({ field, type = "string" }) =>
    searched ? searched.includes(field) : !["date", "dateTime", "boolean"].includes(type),
  );
  const found = values.map((value) => any(where.flatMap((column) => ofSearch(column, value))));
  return [model.quickFilterLogicOperator === "or" ? any(found) : all(found)];
}

function ofSearch({ field: column, type, valueOptions }: MuiGridColumn, value: unknown): GridFilter[] {
  if (type === "number") {
    const number = Number(value);
    return Number.isNaN(number) ? [] : [{ op: "equals", column, value: number }];
  }
  const text = String(value);
  if (type !== "singleSelect" || !Array.isArray(valueOptions)) {
    return [{ op: "contains", column, value: text }];
  }
  // The grid searches the labels, which only the browser knows; a value without one is shown as it is.
  const options = valueOptions.map((option: unknown) =>
    typeof option === "object" && option !== null
      ? (option as { value: GridValue; label: string })
      : { value: option as GridValue, label: String(option) },
  );
  const matching = options.filter(({ label }) => label.toLowerCase().includes(text.toLowerCase()));
  const one = (some: typeof options): GridFilter => ({
    op: "in",
    column,
    values: some.map(({ value }) => value),
    caseSensitive: true,
  });
  return [one(matching), all([not(one(options)), { op: "contains", column, value: text }])];
}
