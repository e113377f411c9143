import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { rowReader } from "./cells.ts";
import type { ColumnType } from "./column.ts";
import { checkedColumns } from "./export-column.ts";

function read(type: ColumnType, value: unknown) {
  const columns = checkedColumns([{ key: "price", title: "Price", type }]);
  return rowReader(columns, new Map())({ price: value }, 12)[0];
}

describe("the cells of a row", () => {
  const right: [type: ColumnType, given: unknown, cell: unknown][] = [
    ["text", "a", "a"],
    ["text", 7, "7"],
    ["text", 2n ** 70n, "1180591620717411303424"],
    ["text", "a\ud800b", "a\ufffdb"],
    ["text", "nul \0 and \r", "nul \0 and \r"],
    ["number", 1.5, 1.5],
    ["number", "12.50", 12.5],
    ["number", 3n, 3],
    ["integer", 3, 3],
    ["integer", "9223372036854775807", 9223372036854775807n],
    ["integer", 12n, 12],
    ["boolean", true, true],
    ["boolean", 0, false],
    ["date", "2024-02-29", "2024-02-29"],
    ["date", new Date("2024-02-29T23:59:59Z"), "2024-02-29"],
    ["datetime", "2026-02-28 12:00:00", new Date("2026-02-28T12:00:00Z")],
    ["datetime", "2026-02-28T12:00:00.25+01", new Date("2026-02-28T11:00:00.250Z")],
    ["datetime", "2026-02-28 12:00:00-0330", new Date("2026-02-28T15:30:00Z")],
    ["link", "https://example.com/a", { text: "https://example.com/a", href: "https://example.com/a" }],
    ["link", { text: "A", href: "mailto:a@example.com" }, { text: "A", href: "mailto:a@example.com" }],
    ["number", null, null],
    ["link", undefined, null],
  ];
  for (const [type, given, cell] of right) {
    it(`accepts ${describeValue(given)} as ${type}`, () => assert.deepEqual(read(type, given), cell));
  }

  const wrong: [type: ColumnType, given: unknown, expected: string][] = [
    ["text", {}, "expected text, not an object"],
    ["text", Number.NaN, "expected text, not the number NaN"],
    ["number", Number.NaN, "expected a finite number, not the number NaN"],
    ["number", Number.POSITIVE_INFINITY, "expected a finite number, not the number Infinity"],
    ["number", "1e999", "expected a finite number, not a string"],
    ["number", "12,5", "expected a finite number, not a string"],
    [
      "integer",
      1.5,
      "expected a whole number (above 2^53 a bigint or its digits as text), not the number 1.5",
    ],
    [
      "integer",
      2 ** 53,
      "expected a whole number (above 2^53 a bigint or its digits as text), not the number 9007199254740992",
    ],
    ["boolean", "true", "expected true or false, not a string"],
    ["date", "2026-02-30", 'expected a day such as "2026-02-28", not a string'],
    ["date", new Date(Number.NaN), 'expected a day such as "2026-02-28", not a Date'],
    [
      "datetime",
      new Date(8.64e15),
      'expected a Date, or text such as "2026-02-28T12:00:00Z", in the years 1 to 9999, not a Date',
    ],
    [
      "datetime",
      0,
      'expected a Date, or text such as "2026-02-28T12:00:00Z", in the years 1 to 9999, not the number 0',
    ],
    [
      "link",
      "javascript:alert(1)",
      "expected an http, https or mailto address, or { text, href }, not a string",
    ],
    ["link", { href: 7 }, "expected an http, https or mailto address, or { text, href }, not an object"],
  ];
  for (const [type, given, expected] of wrong) {
    it(`refuses ${describeValue(given)} as ${type}, naming row and column`, () => {
      const message = `row 12, column "Price": ${expected}`;
      assert.throws(() => read(type, given), { name: "UserError", message, retriable: false });
    });
  }

  it("refuses a row that is not an object", () => {
    const reader = rowReader(checkedColumns([{ key: "a" }]), new Map());
    assert.throws(
      () => reader("a" as never, 1),
      /row 1: expected an object with the columns' values, not a string/,
    );
  });

  it("calls a column's value function, and passes on its errors", () => {
    const columns = checkedColumns([{ key: "total" }]);
    const values = new Map([["total", (row: { a: number }) => row.a * 2]]);
    assert.deepEqual(rowReader(columns, values)({ a: 4 }, 1), ["8"]);
    const failing = new Map([["total", () => assert.fail("of the application")]]);
    assert.throws(() => rowReader(columns, failing)({}, 1), /of the application/);
  });
});

function describeValue(value: unknown): string {
  if (typeof value === "bigint") return `${value}n`;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "an invalid date" : value.toISOString();
  return typeof value === "number" ? String(value) : (JSON.stringify(value) ?? String(value));
}
