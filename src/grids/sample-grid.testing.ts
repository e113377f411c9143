/** @module Rows and filters for the tests of grids: texts and values at which databases and grids could differ. */

import fc from "fast-check";
import type { GridFilter } from "./filter.ts";

export const COLUMNS = {
  name: "text",
  note: "text",
  amount: "number",
  active: "boolean",
  day: "date",
  at: "datetime",
} as const;

export interface SampleRow {
  id: number;
  name: string | null;
  note: string | null;
  amount: number | null;
  active: boolean | null;
  day: string | null;
  at: string | null;
}

const TEXTS = [
  ...[
    "",
    " ",
    "\t",
    "Ann",
    "ann",
    "ANN",
    "Joanna",
    " ann ",
    "été",
    "Été",
    "ETE",
    "Straße",
    "日本",
    "👩‍🚀 ann",
  ],
  ...["50%", "500", "a_b", "aXb", "a!b", "a\\b", "it's", '"', "';--", "50", "a\u00a0b", "\u00a0", "`"],
];
const NUMBERS = [-2, -0.5, 0, 1, 1.5, 50, 500, 9_007_199_254_740_991];
const DAYS = ["1999-12-31", "2026-02-28", "2026-11-26", "2026-11-27"];
const INSTANTS = DAYS.flatMap((day) => [`${day}T00:00:00.000Z`, `${day}T23:59:59.999Z`]);

export const text = fc.constantFrom(...TEXTS);
export const number = fc.constantFrom(...NUMBERS);
export const day = fc.constantFrom(...DAYS);
export const instant = fc.constantFrom(...INSTANTS);

const orNull = <Value>(arbitrary: fc.Arbitrary<Value>) => fc.option(arbitrary, { freq: 5 });

export const rows: fc.Arbitrary<SampleRow[]> = fc
  .array(
    fc.record({
      name: orNull(text),
      note: orNull(text),
      amount: orNull(number),
      active: orNull(fc.boolean()),
      day: orNull(day),
      at: orNull(instant),
    }),
    { minLength: 1, maxLength: 30 },
  )
  .map((cells) => cells.map((row, index) => ({ id: index + 1, ...row })));

const textColumn = fc.constantFrom("name", "note");
const cased = { caseSensitive: fc.option(fc.boolean(), { nil: undefined }) };
const order = fc.constantFrom("less", "lessOrEqual", "greater", "greaterOrEqual");

const condition = fc.oneof(
  fc.record({
    op: fc.constantFrom("null", "empty", "blank"),
    column: fc.constantFrom(...Object.keys(COLUMNS)),
  }),
  fc.record({
    op: fc.constantFrom("contains", "startsWith", "endsWith"),
    column: textColumn,
    value: text,
    ...cased,
  }),
  fc.record({ op: fc.constant("equals"), column: textColumn, value: text, ...cased }),
  fc.record({
    op: fc.constant("in"),
    column: textColumn,
    values: fc.array(text, { maxLength: 3 }),
    ...cased,
  }),
  ...(
    [
      ["amount", number],
      ["day", day],
      ["at", instant],
    ] as const
  ).flatMap(([name, value]) => {
    const column = fc.constant(name);
    return [
      fc.record({ op: order, column, value }),
      fc.record({ op: fc.constant("equals"), column, value }),
      fc.record({
        op: fc.constant("in"),
        column,
        values: fc.array<string | number>(value, { maxLength: 3 }),
      }),
    ];
  }),
  fc.record({ op: fc.constant("equals"), column: fc.constant("active"), value: fc.boolean() }),
);

export const filters = fc.letrec((tie) => ({
  filter: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    condition,
    fc.record({ op: fc.constantFrom("and", "or"), filters: fc.array(tie("filter"), { maxLength: 3 }) }),
    fc.record({ op: fc.constant("not"), filter: tie("filter") }),
  ),
})).filter as fc.Arbitrary<GridFilter>;
