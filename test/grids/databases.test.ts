import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import fc from "fast-check";
import { createPool, type Pool as MysqlPool, type RowDataPacket } from "mysql2/promise";
import { Pool } from "pg";
import { COLUMNS, filters, rows, type SampleRow } from "../../src/grids/sample-grid.testing.ts";
import { type GridSql, gridOrder, gridPredicate, gridSql } from "../../src/grids/server.ts";
import { MariadbServer, withoutMariadb } from "../support/mariadb.testing.ts";
import { PostgresServer, withoutPostgres } from "../support/postgres.testing.ts";

/** Many filters for each filling of the table: a filling costs more than a query. */
const cases = fc.tuple(rows, fc.array(filters, { minLength: 20, maxLength: 20 }));

const sorts = fc.array(
  fc.record({ column: fc.constantFrom("amount", "active", "day", "at"), descending: fc.boolean() }),
  { maxLength: 2 },
);

interface Database {
  readonly grid: GridSql;
  fill(all: readonly SampleRow[]): Promise<void>;
  /** Ids in order. */
  select(where: string, values: readonly unknown[], order: string): Promise<number[]>;
}

async function selectsWhatThePredicatePasses({ grid, fill, select }: Database): Promise<void> {
  await fc.assert(
    fc.asyncProperty(cases, async ([all, some]) => {
      await fill(all);
      for (const filter of some) {
        const { sql, values } = grid.where(filter);
        const passes = gridPredicate<SampleRow>(COLUMNS, filter);
        assert.deepEqual(
          await select(sql, values, "id"),
          all.filter(passes).map(({ id }) => id),
          JSON.stringify({ filter, sql, values, all }),
        );
      }
    }),
    { numRuns: 40 },
  );
}

async function ordersAsTheGridsDo({ grid, fill, select }: Database): Promise<void> {
  await fc.assert(
    fc.asyncProperty(rows, sorts, async (all, sort) => {
      await fill(all);
      const order = [grid.orderBy(sort), "id"].filter((part) => part !== "").join(", ");
      const compare = gridOrder<SampleRow>(COLUMNS, sort);
      assert.deepEqual(
        await select("1 = 1", [], order),
        [...all].sort((a, b) => compare(a, b) || a.id - b.id).map(({ id }) => id),
      );
    }),
    { numRuns: 40 },
  );
}

describe("gridSql on PostgreSQL", { skip: withoutPostgres }, () => {
  let server: PostgresServer;
  let pool: Pool;
  let database: Database;
  before(async () => {
    server = await PostgresServer.start();
    pool = new Pool({ connectionString: server.url, max: 1 });
    // Whose `lower` knows all letters: the server's own locale is C.
    await pool.query(`CREATE TABLE items (id int PRIMARY KEY, name text COLLATE "und-x-icu", note varchar(40) COLLATE "und-x-icu",
      amount double precision, active boolean, day date, at timestamptz)`);
    database = {
      grid: gridSql({ dialect: "postgres", columns: COLUMNS }),
      fill: async (all) => {
        await pool.query("TRUNCATE items");
        await pool.query("INSERT INTO items SELECT * FROM json_populate_recordset(NULL::items, $1)", [
          JSON.stringify(all),
        ]);
      },
      select: async (where, values, order) => {
        const text = `SELECT id FROM items WHERE ${where} ORDER BY ${order}`;
        const found = await pool.query<{ id: number }>(text, [...values]);
        return found.rows.map(({ id }) => id);
      },
    };
  });
  after(async () => {
    await pool?.end();
    await server?.stop();
  });

  it("selects the rows that the predicate passes", () => selectsWhatThePredicatePasses(database));
  it("orders missing values as the grids do", () => ordersAsTheGridsDo(database));

  it("compares integers without giving up their index, and fractions exactly", async () => {
    const { where } = gridSql({ dialect: "postgres", columns: { id: "number" } });
    await database.fill([]);
    await pool.query("INSERT INTO items (id) SELECT generate_series(1, 1000)");
    await pool.query("ANALYZE items");
    const plan = async (value: number) => {
      const { sql, values } = where({ op: "equals", column: "id", value });
      const found = await pool.query<{ "QUERY PLAN": string }>(
        `EXPLAIN SELECT id FROM items WHERE ${sql}`,
        values,
      );
      return found.rows.map((row) => row["QUERY PLAN"]).join("\n");
    };
    assert.match(await plan(7), /Index (Only )?Scan using items_pkey/);
    const { sql, values } = where({ op: "less", column: "id", value: 1.5 });
    assert.deepEqual(await database.select(sql, values, "id"), [1]);
  });
});

describe("gridSql on MariaDB", { skip: withoutMariadb }, () => {
  let server: MariadbServer;
  let pool: MysqlPool;
  let database: Database;
  before(async () => {
    server = await MariadbServer.start();
    pool = createPool({ socketPath: server.socketPath, database: "test", connectionLimit: 1, timezone: "Z" });
    // A collation that ignores case, accents and spaces at the end: the grids do not.
    await pool.query(`CREATE TABLE items (id int PRIMARY KEY, name varchar(40), note varchar(40), amount double,
      active boolean, day date, at datetime(3)) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci`);
    database = {
      grid: gridSql({ dialect: "mysql", columns: COLUMNS }),
      fill: async (all) => {
        await pool.query("DELETE FROM items");
        const cells = all.map(({ id, name, note, amount, active, day, at }) => [
          ...[id, name, note, amount, active, day],
          at?.replace("T", " ").replace("Z", "") ?? null,
        ]);
        if (cells.length > 0) await pool.query("INSERT INTO items VALUES ?", [cells]);
      },
      select: async (where, values, order) => {
        const text = `SELECT id FROM items WHERE ${where} ORDER BY ${order}`;
        const [found] = await pool.query<RowDataPacket[]>(text, [...values]);
        return found.map(({ id }) => id);
      },
    };
  });
  after(async () => {
    await pool?.end();
    await server?.stop();
  });

  it("selects the rows that the predicate passes", () => selectsWhatThePredicatePasses(database));
  it("orders missing values as the grids do", () => ordersAsTheGridsDo(database));
});
