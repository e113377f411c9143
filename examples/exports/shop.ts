import { DatabaseSync } from "node:sqlite";
import { csv, defineExport, sqliteDriver, sqlRows } from "carryout/export";
import { z } from "zod";

const open = () => new DatabaseSync(process.env.SHOP_DB ?? "shop.db", { readOnly: true });

export const orders = defineExport({
  kind: "orders",
  title: "Orders",
  columns: [
    { key: "id", title: "No.", type: "integer" },
    { key: "placed_at", title: "Placed", type: "datetime" },
    { key: "customer", title: "Customer", width: 24 },
    { key: "total", title: "Total", type: "number", decimals: 2 },
    { key: "note", title: "Note", optional: true, selected: false },
  ],
  params: z.object({ year: z.number().int().default(2026) }),
  rows: sqlRows({
    driver: sqliteDriver(open),
    select: "SELECT id, placed_at, customer, total, note FROM orders WHERE year = ?",
    values: ({ year }) => [year],
    key: "id",
  }),
  count: ({ params: { year } }) => {
    using db = open();
    return Number(db.prepare("SELECT count(*) AS n FROM orders WHERE year = ?").get(year)?.n);
  },
  name: ({ year }) => `orders-of-${year}`,
  formats: [csv({ separator: ";", bom: true }), "ndjson"],
});
