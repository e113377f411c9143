import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { createPool, type Pool, type RowDataPacket } from "mysql2/promise";
import { readAll } from "../../src/export/rows/crashing-reader.testing.ts";
import { type MysqlPool, mysqlDriver } from "../../src/export/rows/mysql-driver.ts";
import { sqlRows } from "../../src/export/rows/sql-rows.ts";
import { MariadbServer, withoutMariadb } from "../support/mariadb.testing.ts";
import { eventually } from "../support/real-cluster.ts";

describe("sqlRows on MariaDB", { skip: withoutMariadb }, () => {
  let server: MariadbServer;
  let pool: Pool;

  const newPool = (connectionLimit: number) =>
    createPool({ socketPath: server.socketPath, database: "test", connectionLimit });

  before(async () => {
    server = await MariadbServer.start();
    pool = newPool(4);
  });
  after(async () => {
    await pool?.end();
    await server?.stop();
  });

  async function rowsOf(sql: string): Promise<RowDataPacket[]> {
    const [rows] = await pool.query<RowDataPacket[]>(sql);
    return rows;
  }

  it("uses the index to find the start of a page", async () => {
    await pool.query(
      "CREATE TABLE large (a int NOT NULL, b int NOT NULL, c text, UNIQUE (a, b)) SELECT seq DIV 7 AS a, seq AS b, 'text' AS c FROM seq_1_to_20000",
    );
    const read: number[] = [];
    const connection = await pool.getConnection();
    const handlerReads = async () => {
      const [rows] = await connection.query<RowDataPacket[]>("SHOW SESSION STATUS LIKE 'Handler_read%'");
      return rows.reduce((sum, { Value }) => sum + Number(Value), 0);
    };
    const counting: MysqlPool = {
      query: (sql) => pool.query(sql),
      getConnection: async () => ({
        query: async (options) => {
          const before = await handlerReads();
          const result = await connection.query(options);
          read.push((await handlerReads()) - before);
          return result;
        },
        release: () => {},
        destroy: () => {},
        threadId: 0,
      }),
    };
    for (const descending of [false, true]) {
      const select = "SELECT a, b, c FROM large";
      const rows = sqlRows({
        driver: mysqlDriver(counting),
        select,
        key: ["a", "b"],
        limit: 100,
        descending,
      });
      for await (const _ of rows({ after: [1500, 10000], params: {}, signal: new AbortController().signal }))
        break;
    }
    connection.release();
    assert.ok(
      read.every((count) => count < 150),
      `rows read for a page of 101: ${read}`,
    );
  });

  it("refuses keys that don't compare in the database's order", async () => {
    await pool.query(
      "CREATE TABLE strange (a float, b double, c decimal(20, 10), d enum('z', 'a'), e set('z', 'a'), f bit(3))",
    );
    await pool.query("INSERT INTO strange VALUES (1, 1, 1, 'a', 'a', 1)");
    for (const key of ["a", "b", "c", "d", "e", "f"]) {
      const rows = sqlRows({ driver: mysqlDriver(pool), select: "SELECT * FROM strange", key });
      await assert.rejects(readAll(rows, {}), {
        name: "TypeError",
        message: /must be an integer, text, bytes, a date or a time/,
      });
    }
  });

  it("refuses a key that is null, occurs twice at the end of a batch, or is written differently", async () => {
    await pool.query("CREATE TABLE faulty (a int, b varchar(10))");
    await pool.query("INSERT INTO faulty VALUES (1, 'a'), (2, 'b'), (2, 'c'), (3, NULL)");
    const read = (key: string, limit: number) =>
      readAll(sqlRows({ driver: mysqlDriver(pool), select: "SELECT * FROM faulty", key, limit }), {});
    await assert.rejects(read("b", 2), {
      name: "UserError",
      message: 'the key "b" must not be null in any row',
    });
    await assert.rejects(read("a", 2), {
      name: "UserError",
      message: 'two rows have the same key "a": it must be unique',
    });
    await assert.rejects(read("A", 2), {
      name: "TypeError",
      message: 'the SELECT has no column that is written "A"',
    });
  });

  it("refuses keys that the database treats as equal, though their text differs", async () => {
    await pool.query("CREATE TABLE words (a varchar(10) COLLATE utf8mb4_unicode_ci, b int)");
    await pool.query("INSERT INTO words VALUES ('a', 1), ('é', 1), ('E', 1), ('z', 1)");
    const rows = sqlRows({
      driver: mysqlDriver(pool),
      select: "SELECT * FROM words",
      key: ["b", "a"],
      limit: 2,
    });
    await assert.rejects(readAll(rows, {}), {
      name: "UserError",
      message: "the database takes two keys (b, a) for the same: the key must be unique",
    });
  });

  for (const snapshot of [false, true]) {
    it(`gives up when the signal aborts, on the server too${snapshot ? ", in a snapshot" : ""}`, async () => {
      const own = newPool(1);
      const running = async () =>
        (
          await rowsOf(
            "SELECT 1 FROM information_schema.processlist WHERE info LIKE '%sleep(600)%' AND id <> connection_id()",
          )
        ).length;
      const controller = new AbortController();
      const select = "SELECT seq AS id, sleep(600) FROM seq_1_to_3";
      const rows = sqlRows({ driver: mysqlDriver(own), select, key: "id", snapshot });
      const reading = (async () => {
        for await (const _ of rows({ after: undefined, params: {}, signal: controller.signal }));
      })();
      const rejected = assert.rejects(reading, /not wanted/);
      await eventually("the query runs", async () => (await running()) > 0);
      controller.abort(new Error("not wanted"));
      await rejected;
      await eventually("the server gives it up", async () => (await running()) === 0);
      const [[row]] = await own.query<RowDataPacket[]>("SELECT 1 AS one");
      assert.equal(row!.one, 1);
      await own.end();
    });
  }
});
