import { DatabaseSync } from "node:sqlite";
import { defineExport, sqliteDriver, sqlRows } from "carryout/export";
import { z } from "zod";

const open = () => new DatabaseSync(process.env.SHOP_DB ?? "shop.db", { readOnly: true });

export const orders = defineExport({
  kind: "orders",
  columns: [
    { key: "id", title: "No.", type: "integer" },
    { key: "placed_at", title: "Placed", type: "datetime" },
    { key: "total", title: "Total", type: "number", decimals: 2 },
  ],
  params: z.object({ year: z.number().int() }),
  rows: sqlRows({
    driver: sqliteDriver(open), // a connection for each attempt, closed at its end
    select: "SELECT id, placed_at, total FROM orders WHERE year = ?",
    values: ({ year }) => [year],
    key: "id",
    snapshot: true, // needs the WAL mode
  }),
  formats: ["csv", "ndjson"],
});
