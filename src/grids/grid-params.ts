/** @module Checks what a grid sent: known columns, operators that fit their types, bounded in size. */

import { z } from "zod";
import type { GridCondition, GridFilter, GridSort } from "./filter.ts";
import {
  checkedGridColumns,
  type GridColumnOptions,
  type GridColumns,
  type GridColumnType,
} from "./grid-columns.ts";

/** A filter has at most this many conditions, whatever its depth. */
export const MOST_CONDITIONS = 250;
const MOST_VALUES = 1_000;
const LONGEST_TEXT = 1_000;

const text = z.string().max(LONGEST_TEXT);
const value = z.union([text, z.number(), z.boolean()]);
const comparison = {
  caseSensitive: z.boolean().optional(),
  ignoreAccents: z.boolean().optional(),
};

const TEXT_OPERATORS = ["contains", "startsWith", "endsWith"] as const;
const ORDER_OPERATORS = ["less", "lessOrEqual", "greater", "greaterOrEqual"] as const;

/**
 * A schema of `{ filters?, sort? }`, as the adapters of `carryout/grids` make them: extend it with parameters of your
 * own, or use it as an export's `params`. Columns that are not listed, operators that don't fit a column's type and
 * values of another type are refused, each with its path.
 */
export function gridParams<Name extends string>(columns: GridColumns<Name>) {
  const known = checkedGridColumns(columns);
  const column = z.enum([...known.keys()] as [string, ...string[]]);
  const filter: z.ZodType<GridFilter> = z.discriminatedUnion("op", [
    z.strictObject({
      op: z.enum(["and", "or"]),
      get filters() {
        return z.array(filter).max(MOST_CONDITIONS);
      },
    }),
    z.strictObject({
      op: z.literal("not"),
      get filter() {
        return filter;
      },
    }),
    z.strictObject({ op: z.enum(["null", "empty", "blank"]), column }),
    z.strictObject({
      op: z.enum(TEXT_OPERATORS),
      column,
      value: text,
      caseSensitive: comparison.caseSensitive,
    }),
    z.strictObject({ op: z.literal("equals"), column, value, ...comparison }),
    z.strictObject({ op: z.literal("in"), column, values: z.array(value).max(MOST_VALUES), ...comparison }),
    z.strictObject({ op: z.enum(ORDER_OPERATORS), column, value: z.union([text, z.number()]) }),
  ]);
  const sort = z.strictObject({ column, descending: z.boolean().optional() });
  const sorts = z
    .array(sort)
    .max(known.size)
    .refine(
      (items) => new Set(items.map((item) => item.column)).size === items.length,
      "names a column twice",
    );
  return z.object({
    filters: filter.superRefine((given, context) => checkFilter(given, known, context)).optional(),
    sort: (sorts as z.ZodType<GridSort[]>).optional(),
  });
}

function checkFilter(
  filter: GridFilter,
  known: ReadonlyMap<string, GridColumnOptions>,
  context: z.RefinementCtx,
): void {
  let count = 0;
  const visit = (at: GridFilter, path: PropertyKey[]): void => {
    if (at.op === "and" || at.op === "or") {
      at.filters.forEach((part, index) => {
        visit(part, [...path, "filters", index]);
      });
      return;
    }
    if (at.op === "not") {
      visit(at.filter, [...path, "filter"]);
      return;
    }
    count += 1;
    const column = known.get(at.column);
    const wrong = column && mismatch(at, column.type);
    if (wrong) context.addIssue({ code: "custom", message: wrong, path });
  };
  visit(filter, []);
  if (count > MOST_CONDITIONS) {
    context.addIssue({ code: "custom", message: `has ${count} conditions, more than ${MOST_CONDITIONS}` });
  }
}

/** Says what does not fit, or nothing. Text operators compare numbers by their digits, as searches do. */
function mismatch(at: GridCondition, type: GridColumnType): string | undefined {
  switch (at.op) {
    case "null":
    case "empty":
    case "blank":
      return undefined;
    case "contains":
    case "startsWith":
    case "endsWith":
      return type === "text" || type === "number" ? undefined : `${at.op} is for text, not for a ${type}`;
    case "equals":
      return misfit(at.value, type);
    case "in":
      return at.values.map((value) => misfit(value, type)).find((wrong) => wrong !== undefined);
    default:
      if (type === "text" || type === "boolean")
        return `${at.op} is for numbers and dates, not for a ${type}`;
      return misfit(at.value, type);
  }
}

const FORMS: Readonly<Record<GridColumnType, { form: string; fits(value: unknown): boolean }>> = {
  text: { form: "a text", fits: (value) => typeof value === "string" },
  number: {
    form: "a number",
    fits: (value) => typeof value === "number" || (typeof value === "string" && /^-?\d{1,40}$/.test(value)),
  },
  boolean: { form: "true or false", fits: (value) => typeof value === "boolean" },
  date: {
    form: "a day as YYYY-MM-DD",
    fits: (value) =>
      typeof value === "string" && /^\d{4}-\d\d-\d\d$/.test(value) && !Number.isNaN(Date.parse(value)),
  },
  datetime: {
    form: "an instant such as 2026-11-26T08:00:00.000Z",
    fits: (value) =>
      typeof value === "string" &&
      /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(value) &&
      !Number.isNaN(Date.parse(value)),
  },
};

function misfit(value: unknown, type: GridColumnType): string | undefined {
  const { form, fits } = FORMS[type];
  return fits(value) ? undefined : `must be ${form}, not ${JSON.stringify(value)}`;
}
