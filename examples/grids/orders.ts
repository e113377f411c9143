import { DatabaseSync } from "node:sqlite";
import { batched, defineExport } from "carryout/export";
import { type GridColumns, gridParams, gridSql } from "carryout/grids/server";

const columns = {
  id: "number",
  customer: "text",
  city: "text",
  total: "number",
  placed: "date",
  paid: "boolean",
} as const satisfies GridColumns;

const grid = gridSql({ dialect: "sqlite", columns });

export function openShop(readOnly = true): DatabaseSync {
  const db = new DatabaseSync(process.env.SHOP_DB ?? "shop.db", { readOnly });
  // SQLite's own knows only ASCII.
  db.function("lower", { deterministic: true }, (text) =>
    typeof text === "string" ? text.toLowerCase() : text,
  );
  return db;
}

export const orders = defineExport({
  kind: "orders",
  columns: [
    { key: "id", title: "No.", type: "integer", optional: true },
    { key: "customer", title: "Customer", optional: true },
    { key: "city", title: "City", optional: true },
    { key: "total", title: "Total", type: "number", decimals: 2, optional: true },
    { key: "placed", title: "Placed", type: "date", optional: true },
    { key: "paid", title: "Paid", type: "boolean", optional: true },
  ],
  params: gridParams(columns),
  rows: batched(function* ({ params: { filters, sort } }) {
    using db = openShop();
    const { sql, values } = grid.where(filters);
    const order = [grid.orderBy(sort), "id"].filter((part) => part !== "").join(", ");
    yield* db.prepare(`SELECT * FROM orders WHERE ${sql} ORDER BY ${order}`).iterate(...values);
  }),
  formats: ["csv"],
});
