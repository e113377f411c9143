import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Pool } from "pg";
import { readAll } from "../../src/export/rows/crashing-reader.testing.ts";
import { type PgPool, pgDriver } from "../../src/export/rows/pg-driver.ts";
import { sqlRows } from "../../src/export/rows/sql-rows.ts";
import { PostgresServer, withoutPostgres } from "../support/postgres.testing.ts";
import { eventually } from "../support/real-cluster.ts";

describe("sqlRows on PostgreSQL", { skip: withoutPostgres }, () => {
  let server: PostgresServer;
  let pool: Pool;
  before(async () => {
    server = await PostgresServer.start();
    pool = new Pool({ connectionString: server.url, max: 4 });
  });
  after(async () => {
    await pool?.end();
    await server?.stop();
  });

  it("only reads: a SELECT that writes is refused in a snapshot", async () => {
    const select = "SELECT n AS id, nextval('counter') AS next FROM generate_series(1, 3) n";
    await pool.query("CREATE SEQUENCE counter");
    const rows = sqlRows({ driver: pgDriver(pool), select, key: "id", snapshot: true });
    await assert.rejects(readAll(rows, {}), { code: "25006" });
  });

  it("uses the index to find the start of a page", async () => {
    await pool.query(
      "CREATE TABLE large AS SELECT n / 7 AS a, n AS b, 'text' AS c FROM generate_series(1, 20000) n",
    );
    await pool.query("CREATE UNIQUE INDEX ON large (a, b)");
    await pool.query("ANALYZE large");
    const plans: string[] = [];
    const client = await pool.connect();
    const explaining: PgPool = {
      query: (text, values) => pool.query(text, values),
      connect: async () => ({
        query: async (query) => {
          const { rows } = await client.query(`EXPLAIN ${query.text}`, query.values);
          plans.push(rows.map((row) => row["QUERY PLAN"]).join("\n"));
          return client.query(query);
        },
        on: () => {},
        removeListener: () => {},
        release: () => {},
      }),
    };
    for (const [descending, operator] of [
      [false, ">"],
      [true, "<"],
    ] as const) {
      const select = "SELECT a, b, c FROM large";
      const rows = sqlRows({ driver: pgDriver(explaining), select, key: ["a", "b"], limit: 100, descending });
      for await (const _ of rows({
        after: ["1500", "10000"],
        params: {},
        signal: new AbortController().signal,
      }))
        break;
      assert.match(
        plans.at(-1)!,
        new RegExp(
          `^Limit .*\\n  ->  Index Scan.* using large_a_b_idx .*\\n +Index Cond: \\(ROW\\(a, b\\) ${operator} ROW`,
        ),
      );
    }
    client.release();
  });

  it("refuses a key that is null, or occurs twice at the end of a batch", async () => {
    await pool.query("CREATE TABLE faulty (a int, b text)");
    await pool.query("INSERT INTO faulty VALUES (1, 'a'), (2, 'b'), (2, 'c'), (3, NULL)");
    const read = (key: string, limit: number) =>
      readAll(sqlRows({ driver: pgDriver(pool), select: "SELECT * FROM faulty", key, limit }), {});
    await assert.rejects(read("b", 2), {
      name: "UserError",
      message: 'the key "b" must not be null in any row',
    });
    await assert.rejects(read("a", 2), {
      name: "UserError",
      message: 'two rows have the same key "a": it must be unique',
    });
  });

  it("refuses keys that the database treats as equal, though their text differs", async () => {
    await pool.query(
      "CREATE COLLATION any_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false)",
    );
    await pool.query("CREATE TABLE words (a text COLLATE any_case, b timestamptz)");
    await pool.query("INSERT INTO words SELECT a, now() FROM unnest('{a,b,B,c}'::text[]) a");
    const rows = sqlRows({
      driver: pgDriver(pool),
      select: "SELECT * FROM words",
      key: ["b", "a"],
      limit: 2,
    });
    await assert.rejects(readAll(rows, {}), {
      name: "UserError",
      message: "the database takes two keys (b, a) for the same: the key must be unique",
    });
  });

  describe("gives up what it does", () => {
    const SLOW = "SELECT n AS id, pg_sleep(600) FROM generate_series(1, 3) n";
    const slowOnes = async () => {
      const { rows } = await pool.query(
        "SELECT pid FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%(600)%' AND pid <> pg_backend_pid()",
      );
      return rows.length;
    };

    for (const snapshot of [false, true]) {
      it(`when the signal aborts, on the server too${snapshot ? ", in a snapshot" : ""}`, async () => {
        const own = new Pool({ connectionString: server.url, max: 1 });
        const controller = new AbortController();
        const rows = sqlRows({ driver: pgDriver(own), select: SLOW, key: "id", snapshot });
        const reading = (async () => {
          for await (const _ of rows({ after: undefined, params: {}, signal: controller.signal }));
        })();
        const rejected = assert.rejects(reading, /not wanted/);
        await eventually("the query runs", async () => (await slowOnes()) > 0);
        controller.abort(new Error("not wanted"));
        await rejected;
        await eventually("the server gives it up", async () => (await slowOnes()) === 0);
        // The pool's only connection can be used again.
        assert.equal((await own.query("SELECT 1 AS one")).rows[0].one, 1);
        await own.end();
      });
    }

    it("while waiting for a connection, which is returned when it arrives", async () => {
      const own = new Pool({ connectionString: server.url, max: 1 });
      const held = await own.connect();
      const controller = new AbortController();
      const rows = sqlRows({ driver: pgDriver(own), select: "SELECT 1 AS id", key: "id" });
      const reading = readFirst(rows({ after: undefined, params: {}, signal: controller.signal }));
      await eventually("it waits", async () => own.waitingCount === 1);
      controller.abort(new Error("not wanted"));
      await assert.rejects(reading, /not wanted/);
      held.release();
      assert.equal((await own.query("SELECT 1 AS one")).rows[0].one, 1);
      await own.end();
    });

    it("after a break or an error, leaving no connection behind", async () => {
      const own = new Pool({ connectionString: server.url, max: 1 });
      const signal = new AbortController().signal;
      const good = "SELECT n AS id FROM generate_series(1, 9) n";
      for (const snapshot of [false, true]) {
        for (let round = 0; round < 5; round += 1) {
          const make = (select: string) =>
            sqlRows({ driver: pgDriver(own), select, key: "id", limit: 2, snapshot });
          await readFirst(make(good)({ after: undefined, params: {}, signal }));
          await assert.rejects(readAll(make("SELECT 1 / 0 AS id"), {}), { code: "22012" });
          assert.equal((await readAll(make(good), {})).length, 5);
        }
      }
      assert.deepEqual([own.totalCount - own.idleCount, own.waitingCount], [0, 0]);
      await own.end();
    });
  });
});

async function readFirst<B>(batches: AsyncIterable<B> | Iterable<B>): Promise<B> {
  for await (const batch of batches) return batch;
  throw new Error("no batch");
}
