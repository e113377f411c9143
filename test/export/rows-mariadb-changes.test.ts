import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { createPool, type Pool, type RowDataPacket } from "mysql2/promise";
import { seededRandom } from "../../src/clock/seeded-random.ts";
import { readAll, readWithCrashes } from "../../src/export/rows/crashing-reader.testing.ts";
import type { KeyCursor } from "../../src/export/rows/key-value.ts";
import { mysqlDriver } from "../../src/export/rows/mysql-driver.ts";
import { sqlRows } from "../../src/export/rows/sql-rows.ts";
import { MariadbServer, withoutMariadb } from "../support/mariadb.testing.ts";
import { writeUntilStopped } from "./restless-writer.testing.ts";

/** Values of a row by a number: neighbours differ by a microsecond, beyond 2^53, and by one bit. */
const VALUES = `
  CAST(9223372036854775807 AS unsigned) + n, timestamp('2026-10-25 00:59:59.999900') + INTERVAL n MICROSECOND,
  timestamp('2026-10-25 00:59:59.999900') + INTERVAL n MICROSECOND, date('2026-01-01') + INTERVAL n DAY,
  IF(n % 3 = 0, upper(md5(n)), md5(n)), unhex(md5(n)),
  concat(left(md5(n), 8), '-0000-4000-8000-', right(md5(n), 12)), n % 7, n % 10 = 0`;
const KEYS = [
  ["id"],
  ["at", "id"],
  ["stamp"],
  ["day"],
  ["word"],
  ["hash"],
  ["uid"],
  ["the `group`", "word", "id"],
];
const STAYING = 50;

describe("sqlRows on MariaDB, while the table changes", { skip: withoutMariadb }, () => {
  let server: MariadbServer;
  let pool: Pool;

  const newPool = (connectionLimit: number) =>
    createPool({
      socketPath: server.socketPath,
      database: "test",
      connectionLimit,
      timezone: "Z",
      supportBigNumbers: true,
    });

  before(async () => {
    server = await MariadbServer.start();
    pool = newPool(4);
    await pool.query("SET GLOBAL time_zone = '+00:00'");
    await pool.end();
    pool = newPool(4);
    await pool.query(`CREATE TABLE items (
      n int, id bigint unsigned PRIMARY KEY, at datetime(6) UNIQUE, stamp timestamp(6) UNIQUE, day date UNIQUE,
      word varchar(40) UNIQUE, hash binary(16) UNIQUE, uid uuid UNIQUE, \`the \`\`group\`\`\` int NOT NULL,
      stays boolean, note int DEFAULT 0) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci`);
  });
  after(async () => {
    await pool?.end();
    await server?.stop();
  });

  async function rowsOf(sql: string): Promise<RowDataPacket[]> {
    const [rows] = await pool.query<RowDataPacket[]>(sql);
    return rows;
  }

  async function refill(): Promise<void> {
    await pool.query("DELETE FROM items");
    await pool.query(
      `INSERT INTO items SELECT n, ${VALUES}, 0 FROM (SELECT seq AS n FROM seq_10_to_${STAYING * 10}_step_10) s`,
    );
  }

  /** Inserts, updates and deletes until it is stopped. */
  function disturb(random: () => number) {
    const one = () => {
      const [what, n] = [random(), Math.floor(random() * STAYING * 10)];
      if (what < 0.5)
        return `INSERT IGNORE INTO items SELECT n, ${VALUES}, 0 FROM (SELECT ${n} AS n) s WHERE n % 10 <> 0`;
      if (what < 0.65) return `DELETE FROM items WHERE NOT stays AND n % 5 = ${n % 5}`;
      if (what < 0.85) return `UPDATE items SET note = note + 1 WHERE n > ${n}`;
      return `UPDATE IGNORE items SET at = at - INTERVAL 5 SECOND, day = day - INTERVAL 1 YEAR WHERE NOT stays AND n > ${n}`;
    };
    const isExpected = (error: { code: string }) => assert.equal(error.code, "ER_LOCK_DEADLOCK");
    return writeUntilStopped(() => pool.query(one()).catch(isExpected));
  }

  for (const key of KEYS) {
    it(`has each row that stays exactly once by (${key.join(", ")}), while others write and nodes die`, async () => {
      for (let seed = 1; seed <= 8; seed += 1) {
        await refill();
        const random = seededRandom(seed);
        const writers = [disturb(random), disturb(random)];
        const descending = seed % 2 === 0;
        const rows = sqlRows({
          driver: mysqlDriver(pool),
          select: "SELECT * FROM items WHERE note >= ?",
          values: () => [0],
          key,
          descending,
          limit: 1 + Math.floor(random() * 12),
        });
        const { nextWrite: meanwhile } = writers[0]!;
        const read = await readWithCrashes(rows, { params: {}, crash: 0.2, random, meanwhile });
        for (const writer of writers) await writer.stop();
        const order = key.map((column) => `\`${column.replaceAll("`", "``")}\`${descending ? " DESC" : ""}`);
        const staying = await rowsOf(`SELECT n FROM items WHERE stays ORDER BY ${order.join(", ")}`);
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
      driver: mysqlDriver(pool),
      select: "SELECT id, at, hash FROM items",
      key: ["at", "id"],
    });
    const [batch] = await readAll(rows, {});
    assert.deepEqual(
      batch?.rows,
      (await rowsOf("SELECT id, at, hash FROM items ORDER BY at, id")).map((row) => ({ ...row })),
    );
    assert.deepEqual(batch?.cursor, ["2026-10-25 01:00:00.000400", { bigint: "9223372036854776307" }]);
  });

  it("reads one moment with a snapshot, while the sum of all rows stays the same in every transaction", async () => {
    await pool.query(
      "CREATE TABLE accounts (id int PRIMARY KEY, amount int) SELECT seq AS id, 100 AS amount FROM seq_1_to_40",
    );
    const random = seededRandom(1);
    const one = () => 1 + Math.floor(random() * 40);
    const moving = writeUntilStopped(async () => {
      const [from, to] = [one(), one()];
      const amount = `amount + IF(id = ${from}, -1, 1)`;
      if (from !== to)
        await pool.query(`UPDATE accounts SET amount = ${amount} WHERE id IN (${from}, ${to})`);
    });
    const sumOf = async (snapshot: boolean) => {
      const select = "SELECT id, amount FROM accounts";
      const rows = sqlRows<{ id: number; amount: number }>({
        driver: mysqlDriver(pool),
        select,
        key: "id",
        limit: 3,
        snapshot,
      });
      const batches = await readAll(rows, {});
      return batches.flatMap((batch) => batch.rows).reduce((sum, { amount }) => sum + amount, 0);
    };
    const [sums, loose]: [number[], number[]] = [[], []];
    for (let round = 0; round < 30; round += 1) {
      sums.push(await sumOf(true));
      loose.push(await sumOf(false));
    }
    await moving.stop();
    assert.deepEqual(new Set(sums), new Set([4_000]));
    assert.ok(new Set(loose).size > 1, "without a snapshot the test would have seen another sum");
  });

  it("refuses a TIMESTAMP in a time zone that repeats an hour", async () => {
    await refill();
    const there = newPool(1);
    await there.query("SET time_zone = 'SYSTEM'");
    const read = (key: string) =>
      readAll(sqlRows({ driver: mysqlDriver(there), select: "SELECT * FROM items", key }), {});
    await assert.rejects(read("stamp"), {
      name: "TypeError",
      message:
        "a TIMESTAMP in the key needs connections in UTC, not in the time zone \"CET\": SET time_zone = '+00:00'",
    });
    assert.equal((await read("at")).length, 1);
    await there.end();
  });

  it("fails at the next page when its snapshot's connection is lost, and resumes on another", async () => {
    await refill();
    const rows = sqlRows({
      driver: mysqlDriver(pool),
      select: "SELECT n, id FROM items",
      key: "id",
      limit: 10,
      snapshot: true,
    });
    const given: unknown[] = [];
    let cursor: KeyCursor | undefined;
    const attempt = async (isCut: boolean) => {
      for await (const batch of rows({ after: cursor, params: {}, signal: new AbortController().signal })) {
        given.push(...batch.rows.map(({ n }) => n));
        cursor = batch.cursor;
        if (!isCut) continue;
        for (const { id } of await rowsOf(
          "SELECT trx_mysql_thread_id AS id FROM information_schema.innodb_trx",
        )) {
          await pool.query(`KILL ${id}`);
        }
      }
    };
    await assert.rejects(attempt(true));
    await attempt(false);
    assert.deepEqual(
      given,
      Array.from({ length: STAYING }, (_, index) => (index + 1) * 10),
    );
  });
});
