import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, describe, it } from "node:test";
import { seededRandom } from "../../src/clock/seeded-random.ts";
import { readAll, readWithCrashes } from "../../src/export/rows/crashing-reader.testing.ts";
import { sqlRows } from "../../src/export/rows/sql-rows.ts";
import { sqliteDriver } from "../../src/export/rows/sqlite-driver.ts";

const dir = mkdtempSync(join(tmpdir(), "carryout-rows-"));
after(() => rmSync(dir, { recursive: true }));

interface Order {
  day: string;
  id: number;
  total: number;
}

let databases = 0;

/** A database of its own with some rows. */
function makeDatabase(staying: number) {
  databases += 1;
  const path = join(dir, `${databases}.sqlite`);
  const db = new DatabaseSync(path);
  db.exec("PRAGMA journal_mode = wal; PRAGMA synchronous = off");
  db.exec("CREATE TABLE orders (id INTEGER, day TEXT NOT NULL, total REAL, PRIMARY KEY (day, id))");
  const insert = db.prepare("INSERT INTO orders VALUES (?, ?, ?)");
  for (let index = 1; index <= staying; index += 1) insert.run(index * 10, dayOf(index), index);
  return { path, db };
}

const dayOf = (index: number) => `2026-11-${String((index % 5) + 1).padStart(2, "0")}`;

describe("sqlRows on SQLite", () => {
  it("uses the index to find the start of a page, with one key column or several", () => {
    const { db } = makeDatabase(3);
    db.exec("CREATE TABLE places (id INTEGER PRIMARY KEY, country TEXT)");
    const explained: string[] = [];
    const watched = {
      exec: (sql: string) => db.exec(sql),
      close: () => db.close(),
      prepare: (sql: string) => {
        const plan = db
          .prepare(`EXPLAIN QUERY PLAN ${sql}`)
          .all(...new Array(sql.split("?").length - 1).fill(1));
        if (/WHERE .*>/.test(sql)) explained.push(plan.map(({ detail }) => detail).join("; "));
        return db.prepare(sql);
      },
    };
    const places = sqlRows({
      driver: sqliteDriver(watched),
      select: "SELECT * FROM places WHERE country = ?",
      values: () => ["CH"],
      key: "id",
    });
    const orders = sqlRows({
      driver: sqliteDriver(watched),
      select: "SELECT * FROM orders",
      key: ["day", "id"],
    });
    return Promise.all([readAll(places, {}, [5]), readAll(orders, {}, ["2026-11-01", 5])]).then(() => {
      assert.deepEqual(explained, [
        "SEARCH places USING INTEGER PRIMARY KEY (rowid>?)",
        "SEARCH orders USING INDEX sqlite_autoindex_orders_1 ((day,id)>(?,?))",
      ]);
    });
  });

  it("compares every kind of key as the database orders it, exactly", async () => {
    const { db } = makeDatabase(0);
    db.exec("CREATE TABLE mixed (k)");
    const values = [
      -(2n ** 63n),
      -1.5,
      0,
      1.25,
      2n ** 53n + 1n,
      2n ** 63n - 1n,
      "",
      "A",
      "a",
      "é",
      new Uint8Array([0]),
      new Uint8Array([255]),
    ];
    for (const value of values.toReversed()) db.prepare("INSERT INTO mixed VALUES (?)").run(value);
    const rows = sqlRows<{ k: unknown }>({
      driver: sqliteDriver(db, { bigints: true }),
      select: "SELECT k FROM mixed",
      key: "k",
      limit: 1,
    });
    const read = await readWithCrashes(rows, { params: {}, crash: 0.5, random: seededRandom(1) });
    assert.deepEqual(
      read.rows.map(({ k }) => k),
      values,
    );
  });

  it("orders text as its column does", async () => {
    const { db } = makeDatabase(0);
    db.exec("CREATE TABLE words (word TEXT COLLATE NOCASE PRIMARY KEY)");
    for (const word of ["b", "C", "a", "D", "e"]) db.prepare("INSERT INTO words VALUES (?)").run(word);
    const rows = sqlRows<{ word: string }>({
      driver: sqliteDriver(db),
      select: "SELECT word FROM words",
      key: "word",
      limit: 1,
    });
    const words = (await readAll(rows, {})).flatMap((batch) => batch.rows.map(({ word }) => word));
    assert.deepEqual(words, ["a", "b", "C", "D", "e"]);
  });

  it("refuses a key that is null in any row before it returns a row", async () => {
    const { db } = makeDatabase(0);
    db.exec("CREATE TABLE t (a, b); INSERT INTO t VALUES (1, 1), (2, 2), (3, NULL)");
    const rows = sqlRows({ driver: sqliteDriver(db), select: "SELECT * FROM t", key: ["a", "b"], limit: 1 });
    await assert.rejects(readAll(rows, {}), {
      name: "UserError",
      retriable: false,
      message: "the key (a, b) must not be null in any row",
    });
  });

  it("refuses a key that is not unique, wherever a batch ends", async () => {
    const { db } = makeDatabase(0);
    db.exec("CREATE TABLE t (a); INSERT INTO t VALUES (1), (2), (3), (3), (4)");
    for (const limit of [1, 2, 3, 4, 10]) {
      const rows = sqlRows({ driver: sqliteDriver(db), select: "SELECT * FROM t;\n", key: "a", limit });
      await assert.rejects(readAll(rows, {}), /two rows have the same key "a"/, `limit ${limit}`);
    }
  });

  it("refuses keys that the database treats as equal, though their text differs", async () => {
    const { db } = makeDatabase(0);
    db.exec("CREATE TABLE t (a TEXT COLLATE NOCASE); INSERT INTO t VALUES ('a'), ('b'), ('B'), ('c'), ('d')");
    const read = (limit: number) =>
      readAll(sqlRows({ driver: sqliteDriver(db), select: "SELECT * FROM t", key: "a", limit }), {});
    await assert.rejects(read(2), {
      name: "UserError",
      retriable: false,
      message: 'the database takes two keys "a" for the same: the key must be unique',
    });
    const [whole] = await read(10);
    assert.equal(whole?.rows.length, 5, "nothing is lost within a batch");
  });

  it("continues when the row that was seen after a batch is gone, or others were inserted before it", async () => {
    for (const change of ["DELETE FROM t WHERE a = 3", "INSERT INTO t VALUES (2.1), (2.2), (2.3), (2.4)"]) {
      const { db } = makeDatabase(0);
      db.exec("CREATE TABLE t (a); INSERT INTO t VALUES (1), (2), (3), (4)");
      const rows = sqlRows<{ a: number }>({
        driver: sqliteDriver(db),
        select: "SELECT * FROM t",
        key: "a",
        limit: 2,
      });
      const given: number[] = [];
      for await (const batch of rows({
        after: undefined,
        params: {},
        signal: new AbortController().signal,
      })) {
        if (given.length === 0) db.exec(change);
        given.push(...batch.rows.map(({ a }) => a));
      }
      const expected = db
        .prepare("SELECT a FROM t ORDER BY a")
        .all()
        .map(({ a }) => a);
      assert.deepEqual(
        given.filter((a) => a !== 3),
        expected.filter((a) => a !== 3),
      );
    }
  });

  it("refuses integers that would lose digits, and says how to read them", async () => {
    const { db } = makeDatabase(0);
    db.exec(`CREATE TABLE t (a); INSERT INTO t VALUES (${2n ** 53n + 1n})`);
    const read = (driver: ReturnType<typeof sqliteDriver>) =>
      readAll(sqlRows({ driver, select: "SELECT * FROM t", key: "a" }), {});
    await assert.rejects(read(sqliteDriver(db)), { code: "ERR_OUT_OF_RANGE" });
    assert.equal((await read(sqliteDriver(db, { bigints: true }))).length, 1);
  });

  it("ends, though rows are added as fast as they are read", async () => {
    const { db } = makeDatabase(20);
    let next = 1_000;
    const rows = sqlRows<Order>({
      driver: sqliteDriver(db),
      select: "SELECT * FROM orders",
      key: ["day", "id"],
      limit: 7,
    });
    let count = 0;
    for await (const batch of rows({ after: undefined, params: {}, signal: new AbortController().signal })) {
      count += batch.rows.length;
      db.prepare("INSERT INTO orders VALUES (?, '2027-01-01', 0)").run(next++);
    }
    assert.ok(count < 25, `${count} rows`);
  });

  it("closes its own connection after the last row, an error and a break, and leaves the application's open", async () => {
    const { path, db } = makeDatabase(5);
    let open = 0;
    const own = () => {
      const database = new DatabaseSync(path, { readOnly: true });
      open += 1;
      return {
        prepare: (sql: string) => database.prepare(sql),
        exec: (sql: string) => database.exec(sql),
        close: () => {
          open -= 1;
          database.close();
        },
      };
    };
    for (const snapshot of [false, true]) {
      const make = (select: string) =>
        sqlRows({ driver: sqliteDriver(own), select, key: "id", limit: 2, snapshot });
      await readAll(make("SELECT * FROM orders"), {});
      await assert.rejects(readAll(make("SELECT * FROM nowhere"), {}), /no such table/);
      const signal = new AbortController().signal;
      for await (const _ of make("SELECT * FROM orders")({ after: undefined, params: {}, signal })) break;
      assert.equal(open, 0);
    }
    const shared = sqlRows({ driver: sqliteDriver(db), select: "SELECT * FROM orders", key: "id" });
    await readAll(shared, {});
    assert.ok(db.isOpen);
  });

  it("holds a snapshot only on its own connection, in WAL mode", async () => {
    const { path, db } = makeDatabase(1);
    const read = (driver: ReturnType<typeof sqliteDriver>) =>
      readAll(sqlRows({ driver, select: "SELECT * FROM orders", key: "id", snapshot: true }), {});
    await assert.rejects(read(sqliteDriver(db)), {
      name: "TypeError",
      message: /needs a connection of its own/,
    });
    db.exec("PRAGMA journal_mode = delete");
    await assert.rejects(read(sqliteDriver(() => new DatabaseSync(path))), {
      name: "TypeError",
      message: /needs the journal mode "wal", not "delete"/,
    });
  });

  it("takes the SELECT and its values from the parameters", async () => {
    const { db } = makeDatabase(20);
    const rows = sqlRows<Order, { from: number; onlyDay?: string }>({
      driver: sqliteDriver(db),
      select: ({ onlyDay }) =>
        `SELECT * FROM orders WHERE id >= ?${onlyDay === undefined ? "" : " AND day = ?"}`,
      values: ({ from, onlyDay }) => (onlyDay === undefined ? [from] : [from, onlyDay]),
      key: ["day", "id"],
      limit: 2,
    });
    const ids = async (params: { from: number; onlyDay?: string }) =>
      (await readAll(rows, params)).flatMap((batch) => batch.rows.map(({ id }) => id));
    assert.deepEqual(await ids({ from: 150, onlyDay: "2026-11-02" }), [160]);
    assert.equal((await ids({ from: 150 })).length, 6);
    await assert.rejects(
      readAll(sqlRows({ driver: sqliteDriver(db), select: " ;\n", key: "id" }), {}),
      TypeError,
    );
  });
});
