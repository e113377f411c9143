import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Pool } from "pg";
import { seededRandom } from "../../src/clock/seeded-random.ts";
import { readAll, readWithCrashes } from "../../src/export/rows/crashing-reader.testing.ts";
import type { KeyCursor } from "../../src/export/rows/key-value.ts";
import { pgDriver } from "../../src/export/rows/pg-driver.ts";
import type { SqlRow } from "../../src/export/rows/sql-driver.ts";
import { sqlRows } from "../../src/export/rows/sql-rows.ts";
import { PostgresServer, withoutPostgres } from "../support/postgres.testing.ts";
import { writeUntilStopped } from "./restless-writer.testing.ts";

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

describe("sqlRows on PostgreSQL, while the table changes", { skip: withoutPostgres }, () => {
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

  /** Inserts, updates and deletes until it is stopped. */
  function disturb(random: () => number) {
    const one = (): [string, unknown[]] => {
      const [what, n] = [random(), Math.floor(random() * STAYING * 10)];
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
    // Two rows may come to the same key, and two writers to the same rows.
    const isExpected = (error: { code: string }) => assert.match(error.code, /^(23505|40P01)$/);
    return writeUntilStopped(() => pool.query(...one()).catch(isExpected));
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
          meanwhile: writers[0]!.nextWrite,
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
    const random = seededRandom(1);
    const one = () => 1 + Math.floor(random() * 40);
    const moving = writeUntilStopped(async () => {
      const amount = "amount + CASE id WHEN $1 THEN -1 ELSE 1 END";
      const [from, to] = [one(), one()];
      if (from !== to)
        await pool.query(`UPDATE accounts SET amount = ${amount} WHERE id IN ($1, $2)`, [from, to]);
    });
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
    await moving.stop();
    assert.deepEqual(new Set(sums), new Set([4_000]));
    assert.ok(new Set(loose).size > 1, "without a snapshot the test would have seen another sum");
  });

  it("fails at the next page when its snapshot's connection is lost, and resumes on another", async () => {
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
