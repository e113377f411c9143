import assert from "node:assert/strict";
import { it } from "node:test";
import { sampleColumn, sampleTable } from "../sample-rows.testing.ts";
import { stylesOf } from "../xlsx/styles.ts";
import { cellTexts } from "./cell-text.ts";

const columns = [
  sampleColumn("integer"),
  sampleColumn("integer", { grouping: true }),
  sampleColumn("number", { decimals: 2 }),
  sampleColumn("number", { decimals: 2, grouping: false }),
];

it("groups digits where the column says so, in PDF and in XLSX", () => {
  const texts = (locale: string, value: number | bigint) =>
    cellTexts(sampleTable({ columns, locale })).map((text) => text(value));
  assert.deepEqual(texts("en", 1234567), ["1234567", "1,234,567", "1,234,567.00", "1234567.00"]);
  assert.deepEqual(texts("de", 1234567).slice(0, 2), ["1234567", "1.234.567"]);
  assert.deepEqual(texts("en", 2026).slice(0, 2), ["2026", "2,026"]);
  const { part } = stylesOf(columns);
  const formats = [...part.matchAll(/formatCode="([^"]*)"/g)].map(([, code]) => code);
  assert.deepEqual(formats, ["0", "#,##0", "#,##0.00", "0.00"]);
});
