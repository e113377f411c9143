/** @module Tables and rows for testing formats: the same for the same seed. */

import type { Cell, Row } from "./cell.ts";
import { alignmentOf, COLUMN_TYPES, type Column, type ColumnType } from "./column.ts";
import type { Table } from "./format.ts";

/** One column of each type, named by it, with the given changes. */
export function sampleTable(changes: Partial<Table> = {}): Table {
  return {
    title: "Orders & returns",
    columns: COLUMN_TYPES.map((type) => sampleColumn(type)),
    locale: "en-GB",
    timeZone: "Europe/Zurich",
    requestedAt: new Date("2026-11-25T09:30:15.250Z"),
    ...changes,
  };
}

export function sampleColumn(type: ColumnType, changes: Partial<Column> = {}): Column {
  return {
    key: type,
    title: `A ${type}`,
    type,
    decimals: undefined,
    grouping: type === "number",
    width: undefined,
    align: alignmentOf(type),
    bold: false,
    ...changes,
  };
}

/** Texts that some writer might mistake for its own syntax. */
export const AWKWARD_TEXTS: readonly string[] = [
  "",
  " spaces at both ends ",
  "line\nline\r\nline\rend",
  "tab\t, comma; semicolon | bar",
  '"quoted" and "" twice',
  "'single'",
  "=1+1",
  "+49 30 1234",
  "-2",
  "@SUM(A1)",
  "<b>&amp;</b> ]]> <!-- -->",
  "_x0041_ _x000D_ _X000d_",
  "\u0000 NUL \u0001 \u001f \u007f \u0085",
  "\ufffd \ufeff \uffff \ufffe \u2028 \u2029",
  "\\n \\u0041 %20",
  "Ærøskøbing Łódź Ελλάδα Київ Hà Nội",
  "شارع الملك فيصل",
  "東京 서울 北京",
  "👩🏽‍🚀 🇨🇭 𝒳",
  "e\u0301 \u202e reversed \u202c",
  "word ".repeat(60),
  "x".repeat(40_000),
];

/** Rows for the columns of `table`; about one cell in eight is null. `texts` are used for some of the texts. */
export function sampleRows(
  table: Table,
  count: number,
  { seed = 1, texts = [] }: { seed?: number; texts?: readonly string[] } = {},
): Row[] {
  const random = randomOf(seed);
  return Array.from({ length: count }, () =>
    table.columns.map(({ type }) => (random() < 0.125 ? null : sampleCell(type, random, texts))),
  );
}

/** Batches of 0 to `most` rows. */
export function sampleBatches(rows: readonly Row[], most: number, seed = 1): Row[][] {
  const random = randomOf(seed);
  const batches: Row[][] = [];
  for (let at = 0; at < rows.length; ) {
    const size = Math.floor(random() * (most + 1));
    batches.push(rows.slice(at, at + size));
    at += size;
  }
  return batches;
}

/** Numbers from 0 to below 1 (mulberry32): the same for the same seed. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const WORDS = ["blue", "Zürich", "order", "naïve", "of", "the", "receipt", "Ωmega", "0042", "paid"];
const NUMBERS = [0, -0, 0.1, -1.5, 1e21, 1e-7, 5e-324, 1.7976931348623157e308, 123456.789];
const INTEGERS = [
  0,
  -1,
  Number.MAX_SAFE_INTEGER,
  Number.MIN_SAFE_INTEGER,
  2n ** 53n,
  -(2n ** 64n),
  10n ** 40n,
];
const DATES = [
  "0001-01-01",
  "1899-12-31",
  "1900-01-01",
  "1900-02-28",
  "1900-03-01",
  "2024-02-29",
  "9999-12-31",
];
const INSTANTS = [
  "0001-01-01T12:00:00Z",
  "1900-01-01T00:00:00Z",
  "2026-10-25T00:59:59.999Z",
  "9999-12-31T12:00:00Z",
];

function sampleCell(type: ColumnType, random: () => number, texts: readonly string[]): Cell {
  const pick = <Value>(values: readonly Value[]): Value => values[Math.floor(random() * values.length)]!;
  const isOdd = random() < 0.1;
  switch (type) {
    case "text":
      if (isOdd && texts.length > 0) return pick(texts);
      return Array.from({ length: 1 + Math.floor(random() * 8) }, () => pick(WORDS)).join(" ");
    case "number":
      return isOdd ? pick(NUMBERS) : (random() - 0.5) * 1e6;
    case "integer":
      return isOdd ? pick(INTEGERS) : Math.floor((random() - 0.5) * 1e6);
    case "boolean":
      return random() < 0.5;
    case "date":
      return isOdd ? pick(DATES) : new Date(Math.floor(random() * 2e12)).toISOString().slice(0, 10);
    case "datetime":
      return new Date(isOdd ? pick(INSTANTS) : Math.floor(random() * 2e12));
    case "link": {
      const number = Math.floor(random() * 1e4);
      return { text: `order ${number}`, href: `https://example.org/orders?id=${number}&from="mail"` };
    }
  }
}
