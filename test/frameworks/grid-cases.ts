/** @module States of the grids, as their users can make them. */

import type { GridFilterItem } from "@mui/x-data-grid";
import fc from "fast-check";
import { day, number, rows, text } from "../../src/grids/sample-grid.testing.ts";
import type { AgCase, MuiCase } from "./grids.page.tsx";

/** The inputs of the grids never give an empty text. */
const typed = text.filter((value) => value !== "");

function agCondition(filterType: string, types: readonly string[], value: fc.Arbitrary<unknown>) {
  const names = filterType === "date" ? (["dateFrom", "dateTo"] as const) : (["filter", "filterTo"] as const);
  return fc.tuple(fc.constantFrom(...types), value, value).map(([type, from, to]) => ({
    filterType,
    type,
    [names[0]]: from,
    [names[1]]: type === "inRange" ? to : null,
  }));
}

/** One condition, or two that are combined. */
function agModel(condition: fc.Arbitrary<{ filterType: string }>) {
  const combined = fc
    .tuple(fc.constantFrom("AND", "OR"), condition, condition)
    .map(([operator, ...conditions]) => ({ filterType: conditions[0].filterType, operator, conditions }));
  return fc.oneof(condition, combined);
}

const PRESENCE = ["blank", "notBlank"];
const agText = agModel(
  agCondition(
    "text",
    ["contains", "notContains", "equals", "notEqual", "startsWith", "endsWith", ...PRESENCE],
    typed,
  ),
);
const agNumber = agModel(
  agCondition(
    "number",
    [
      ...[
        "equals",
        "notEqual",
        "lessThan",
        "lessThanOrEqual",
        "greaterThan",
        "greaterThanOrEqual",
        "inRange",
      ],
      ...PRESENCE,
    ],
    number,
  ),
);
const agDate = agModel(
  agCondition(
    "date",
    ["equals", "notEqual", "lessThan", "greaterThan", "inRange", ...PRESENCE],
    day.map((value) => `${value} 00:00:00`),
  ),
);

export const agCases: fc.Arbitrary<AgCase> = fc.record({
  rows,
  filterModel: fc.record(
    { name: agText, note: agText, amount: agNumber, day: agDate, at: agDate },
    { requiredKeys: [] },
  ),
  quickFilter: fc.constantFrom("", "", "ann", "ANN 5", "été", "50", " "),
  sort: fc.option(
    fc.record({
      colId: fc.constantFrom("name", "amount", "day"),
      sort: fc.constantFrom("asc", "desc"),
    }),
  ),
});

function muiItem(field: string, operators: readonly string[], value: fc.Arbitrary<unknown>) {
  return fc.record({
    id: fc.constant(1),
    field: fc.constant(field),
    operator: fc.constantFrom(...operators),
    value,
  });
}

const EMPTINESS = ["isEmpty", "isNotEmpty"];
const DATES = ["is", "not", "after", "onOrAfter", "before", "onOrBefore", ...EMPTINESS];
const muiFilter: fc.Arbitrary<GridFilterItem> = fc.oneof(
  muiItem(
    "name",
    ["contains", "doesNotContain", "equals", "doesNotEqual", "startsWith", "endsWith", ...EMPTINESS],
    text,
  ),
  muiItem("name", ["isAnyOf"], fc.array(text, { maxLength: 3 })),
  muiItem("amount", ["=", "!=", ">", ">=", "<", "<=", ...EMPTINESS], number.map(String)),
  muiItem("amount", ["isAnyOf"], fc.array(number.map(String), { maxLength: 3 })),
  muiItem("active", ["is"], fc.constantFrom("true", "false", undefined)),
  muiItem("note", ["is", "not"], fc.constantFrom("Ann", "été", "50%", undefined)),
  muiItem("note", ["isAnyOf"], fc.subarray(["Ann", "été", "50%"])),
  muiItem("day", DATES, day),
  muiItem(
    "at",
    DATES,
    day.map((value) => `${value}T00:00`),
  ),
);

export const muiCases: fc.Arbitrary<MuiCase> = fc.record({
  rows,
  filterModel: fc.record({
    items: fc.array(muiFilter, { maxLength: 1 }),
    quickFilterValues: fc.array(fc.constantFrom("ann", "5", "50", "été"), { maxLength: 2 }),
    quickFilterLogicOperator: fc.constantFrom("and", "or") as fc.Arbitrary<never>,
  }),
  sortModel: fc.array(
    fc.record({ field: fc.constantFrom("name", "amount", "day"), sort: fc.constantFrom("asc", "desc") }),
    { maxLength: 1 },
  ),
});
