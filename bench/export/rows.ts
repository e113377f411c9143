/** @module The rows that every contender writes: ten columns of mixed types, the same in every run. */

import type { ExportColumn } from "../../src/export/export-column.ts";

export interface BenchRow {
  id: number;
  customer: string;
  email: string;
  country: string;
  amount: number;
  quantity: number;
  paid: boolean;
  ordered: string;
  updated: Date;
  invoice: { text: string; href: string };
}

export const COLUMNS: readonly (ExportColumn<BenchRow> & { readonly key: keyof BenchRow })[] = [
  { key: "id", title: "Order", type: "integer" },
  { key: "customer", title: "Customer" },
  { key: "email", title: "E-mail" },
  { key: "country", title: "Country" },
  { key: "amount", title: "Amount", type: "number", decimals: 2 },
  { key: "quantity", title: "Quantity", type: "integer" },
  { key: "paid", title: "Paid", type: "boolean" },
  { key: "ordered", title: "Ordered", type: "date" },
  { key: "updated", title: "Updated", type: "datetime" },
  { key: "invoice", title: "Invoice", type: "link" },
];

const NAMES = [
  "Anna Nowak",
  "Zoë Dupont",
  "Łukasz Wójcik",
  "Mei Tanaka",
  "Bo Berg",
  "José García",
  "Ümit Şahin",
];
const COUNTRIES = ["Germany", "France", "Poland", "Japan", "Denmark", "Spain", "Türkiye", "Switzerland"];
const DAY_MS = 86_400_000;
const SINCE = Date.UTC(2020, 0, 1);
/** Made beforehand: what is measured is how they are written. */
const DAYS = Array.from({ length: 2_500 }, (_, day) =>
  new Date(SINCE + day * DAY_MS).toISOString().slice(0, 10),
);

export function benchRow(id: number): BenchRow {
  const random = Math.imul(id ^ 0x9e3779b9, 0x85ebca6b) >>> 0;
  const name = NAMES[random % NAMES.length]!;
  return {
    id,
    customer: `${name} ${random % 9973}`,
    email: `customer${random % 99_991}@example.com`,
    country: COUNTRIES[(random >>> 8) % COUNTRIES.length]!,
    amount: (random % 1_000_003) / 100,
    quantity: 1 + ((random >>> 16) % 40),
    paid: random % 3 !== 0,
    ordered: DAYS[(random >>> 4) % DAYS.length]!,
    updated: new Date(SINCE + id * 60_000),
    invoice: { text: `Invoice ${id}`, href: `https://example.com/orders/${id}/invoice` },
  };
}

export function* benchRows(count: number): Generator<BenchRow> {
  for (let id = 1; id <= count; id++) yield benchRow(id);
}

/** What is written of a value where there is only text. */
export function textOf(value: BenchRow[keyof BenchRow]): string {
  if (value instanceof Date) return value.toISOString();
  return typeof value === "object" ? value.href : String(value);
}
