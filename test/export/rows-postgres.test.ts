import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { setImmediate } from "node:timers/promises";
import { Pool } from "pg";
import { seededRandom } from "../../src/clock/seeded-random.ts";
import { readAll, readWithCrashes } from "../../src/export/rows/crashing-reader.testing.ts";
import type { KeyCursor } from "../../src/export/rows/key-value.ts";
import { type PgPool, pgDriver } from "../../src/export/rows/pg-driver.ts";
import type { SqlRow } from "../../src/export/rows/sql-driver.ts";
import { sqlRows } from "../../src/export/rows/sql-rows.ts";
import { PostgresServer, withoutPostgres } from "../support/postgres.testing.ts";
import { eventually } from "../support/real-cluster.ts";

/** Values of a row by a number: neighbours differ by a microsecond, by the twentieth digit, and beyond 2^53. */
const VALUES = `
  9007199254740992 + n AS id,
  timestamptz '2026-10-25 00:59:59.999900+00' + n * interval '1 microsecond' AS at,
  n / 1e20 AS price,
  CASE WHEN n % 3 = 0 THEN upper(md5(n::text)) ELSE md5(n::text) END AS word,
  md5(n::text)::uuid AS uid,
  n % 7 AS "the ""group""",
  n % 10 = 0 AS stays`;

const KEYS = [["id"], ["at", "id"], ["at"], ["price"], ["word"], ["uid"], ['the "group"', "word", "id"]];
const STAYING = 60;

describe("sqlRows on PostgreSQL", { skip: withoutPostgres }, () => {
  let server: PostgresServer;
  let pool: Pool;
  before(async () => {
    server = await PostgresServer.start();
    pool = new Pool({ connectionString: server.url, max: 4 });
    await pool.query(`CREATE TABLE items (
      n int, id bigint PRIMARY KEY, at timestamptz UNIQUE, price numeric UNIQUE, word text COLLATE "und-x-icu" UNIQUE,
      uid uuid UNIQUE, "the ""group""" int, stays boolean, note int DEFAULT 0)`);
  });
  after(async () => {
    await pool?.end();
    await server?.stop();
  });

  async function refill(): Promise<void> {
    await pool.query("TRUNCATE items");
    await pool.query(`INSERT INTO items SELECT n, ${VALUES} FROM generate_series(10, $1 * 10, 10) n`, [
      STAYING,
    ]);
  }

  /** Inserts, updates and deletes without a pause until it is stopped. */
  function disturb(random: () => number) {
    let isStopped = false;
    let changes = 0;
    const end = () => {
      isStopped = true;
    };
    const numbers = () => Math.floor(random() * STAYING * 10);
    const one = (): [string, unknown[]] => {
      const [what, n] = [random(), numbers()];
      if (what < 0.45) {
        const text = `INSERT INTO items SELECT n, ${VALUES} FROM (SELECT $1::int AS n) one WHERE n % 10 <> 0 ON CONFLICT DO NOTHING`;
        return [text, [n]];
      }
      if (what < 0.6) return ["DELETE FROM items WHERE NOT stays AND n % 5 = $1 % 5", [n]];
      if (what < 0.8) return ["UPDATE items SET note = note + 1 WHERE n > $1", [n]];
      return [
        "UPDATE items SET at = at - interval '5 seconds', price = -price WHERE NOT stays AND n > $1",
        [n],
      ];
    };
    const ended = (async () => {
      while (!isStopped) {
        const [text, values] = one();
        // Two rows may come to the same key.
        await pool
          .query(text, values)
          .catch((error: { code: string }) => assert.match(error.code, /^(23505|40P01)$/));
        changes += 1;
      }
    })();
    ended.catch(end);
    return {
      /** Resolves when there was a change after the call. */
      nextChange: async () => {
        for (const seen = changes; changes === seen && !isStopped; ) await setImmediate();
      },
      stop: async () => {
        end();
        await ended;
      },
    };
  }

  for (const key of KEYS) {
    it(`has each row that stays exactly once by (${key.join(", ")}), while others write and nodes die`, async () => {
      for (let seed = 1; seed <= 12; seed += 1) {
        await refill();
        const random = seededRandom(seed);
        const writers = [disturb(random), disturb(random)];
        const descending = seed % 2 === 0;
        const rows = sqlRows({
          driver: pgDriver(pool),
          select: "SELECT * FROM items WHERE note >= $1",
          values: () => [0],
          key,
          descending,
          limit: 1 + Math.floor(random() * 12),
        });
        const read = await readWithCrashes(rows, {
          params: {},
          crash: 0.2,
          random,
          meanwhile: writers[0]!.nextChange,
        });
        for (const writer of writers) await writer.stop();
        const order = key
          .map((column) => `"${column.replaceAll('"', '""')}"${descending ? " DESC" : ""}`)
          .join(", ");
        const { rows: staying } = await pool.query(`SELECT n FROM items WHERE stays ORDER BY ${order}`);
        const given = read.rows.filter(({ stays }) => stays).map(({ n }) => n);
        assert.equal(staying.length, STAYING);
        assert.deepEqual(
          given,
          staying.map(({ n }) => n),
          `seed ${seed}`,
        );
      }
    });
  }

  it("gives the rows as the pool's own types make them, and nothing else", async () => {
    await refill();
    const rows = sqlRows({
      driver: pgDriver(pool),
      select: "SELECT id, at, stays FROM items ORDER BY note",
      key: ["at", "id"],
    });
    const [batch] = await readAll(rows, {});
    const { rows: expected } = await pool.query("SELECT id, at, stays FROM items ORDER BY at, id");
    assert.deepEqual(batch?.rows, expected);
    assert.deepEqual(batch?.cursor, ["2026-10-25 01:00:00.0005+00", "9007199254741592"]);
  });

  it("keeps its place whatever the time zone of a later connection", async () => {
    await refill();
    const abroad = new Pool({ connectionString: server.url, options: "-c timezone=America/St_Johns" });
    const make = (given: Pool) =>
      sqlRows({ driver: pgDriver(given), select: "SELECT n, at FROM items", key: "at", limit: 7 });
    const [first] = await readAll(make(pool), {});
    const rest = await readAll(make(abroad), {}, first!.cursor);
    await abroad.end();
    const numbers = [first!, ...rest].flatMap((batch) => batch.rows.map(({ n }) => n));
    assert.deepEqual(
      numbers,
      Array.from({ length: STAYING }, (_, index) => (index + 1) * 10),
    );
  });

  it("reads one moment with a snapshot, while the sum of all rows stays the same in every transaction", async () => {
    await pool.query("CREATE TABLE accounts AS SELECT n AS id, 100 AS amount FROM generate_series(1, 40) n");
    let isStopped = false;
    const random = seededRandom(1);
    const moving = (async () => {
      while (!isStopped) {
        const [from, to] = [1 + Math.floor(random() * 40), 1 + Math.floor(random() * 40)];
        const amount = "amount + CASE WHEN id = $1 THEN -1 ELSE 1 END";
        if (from !== to)
          await pool.query(`UPDATE accounts SET amount = ${amount} WHERE id IN ($1, $2)`, [from, to]);
      }
    })();
    const sumOf = async (snapshot: boolean) => {
      const select = "SELECT id, amount FROM accounts";
      const rows = sqlRows<{ id: number; amount: number }>({
        driver: pgDriver(pool),
        select,
        key: "id",
        limit: 3,
        snapshot,
      });
      const batches = await readAll(rows, {});
      return batches.flatMap((batch) => batch.rows).reduce((sum, { amount }) => sum + amount, 0);
    };
    const sums: number[] = [];
    const loose: number[] = [];
    for (let round = 0; round < 30; round += 1) {
      sums.push(await sumOf(true));
      loose.push(await sumOf(false));
    }
    isStopped = true;
    await moving;
    assert.deepEqual(new Set(sums), new Set([4_000]));
    assert.ok(new Set(loose).size > 1, "without a snapshot the test would have seen another sum");
  });

  it("reads only: a SELECT that writes is refused in a snapshot", async () => {
    await refill();
    const select = "SELECT id, nextval('counter') AS next FROM items";
    await pool.query("CREATE SEQUENCE counter");
    const rows = sqlRows({ driver: pgDriver(pool), select, key: "id", snapshot: true });
    await assert.rejects(readAll(rows, {}), { code: "25006" });
  });

  it("finds the place of a page in the index", async () => {
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

  it("refuses a key that is null, or comes twice at the edge of a batch", async () => {
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

    it("when it waits for a connection, and gives that back when it comes", async () => {
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

    it("after a break or an error, and leaves no connection behind", async () => {
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

  it("fails at the next page when the connection of its snapshot is lost, and goes on with another", async () => {
    await refill();
    const rows = sqlRows({
      driver: pgDriver(pool),
      select: "SELECT n, id FROM items",
      key: "id",
      limit: 10,
      snapshot: true,
    });
    const given: SqlRow[] = [];
    let cursor: KeyCursor | undefined;
    const attempt = async (isCut: boolean) => {
      const signal = new AbortController().signal;
      for await (const batch of rows({ after: cursor, params: {}, signal })) {
        given.push(...batch.rows);
        cursor = batch.cursor;
        if (!isCut) continue;
        const { rowCount } = await pool.query(
          "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE state = 'idle in transaction'",
        );
        assert.equal(rowCount, 1);
      }
    };
    await assert.rejects(attempt(true), /Connection terminated|not queryable|terminating connection/);
    await attempt(false);
    assert.deepEqual(
      given.map(({ n }) => n),
      Array.from({ length: STAYING }, (_, index) => (index + 1) * 10),
    );
  });
});

async function readFirst<B>(batches: AsyncIterable<B> | Iterable<B>): Promise<B> {
  for await (const batch of batches) return batch;
  throw new Error("no batch");
}
