import { commandGenerator, UserError } from "carryout";
import { z } from "zod";

/** Where the databases are is for the operator to say, never for a visitor. */
const { SHOP_FILE = "shop.db", SHOP_URL = "postgres:///shop" } = process.env;

export const shop = commandGenerator({
  kind: "shop.sql",
  file: { name: "shop.sql", type: "application/sql" },
  command: ["sqlite3", "-readonly", "-bail", SHOP_FILE, ".dump"],
  endsWith: "COMMIT;\n", // sqlite3 exits with 0 for half a dump too
});

export const table = commandGenerator({
  kind: "table.sql",
  params: z.object({ table: z.string().regex(/^[a-z_]+$/) }),
  file: ({ table }) => ({ name: `${table}.sql`, type: "application/sql" }),
  command: ({ table }) => ["pg_dump", "--no-owner", `--table=${table}`, SHOP_URL],
  env: { PGPASSFILE: process.env.PGPASSFILE }, // nothing else of the node's environment is passed on
  explain: ({ stderr }, { table }) =>
    stderr.includes("no matching tables") ? new UserError(`There is no table ${table}.`) : undefined,
});

export const squares = commandGenerator({
  kind: "squares.csv",
  params: z.object({ upTo: z.number().int().min(1).max(1_000_000) }),
  file: { name: "squares.csv", type: "text/csv" },
  command: ({ upTo }) => ["python3", `${import.meta.dirname}/squares.py`, String(upTo)],
});
