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

/** A database of its own with rows that stay, and room between them. */
function makeDatabase(staying: number) {
  databases += 1;
  const path = join(dir, `${databases}.sqlite`);
  const db = new DatabaseSync(path);
  db.exec("PRAGMA journal_mode = wal; PRAGMA synchronous = off");
  db.exec(
    "CREATE TABLE orders (id INTEGER, day TEXT NOT NULL, total REAL, stays INT, PRIMARY KEY (day, id))",
  );
  const insert = db.prepare("INSERT INTO orders VALUES (?, ?, ?, 1)");
  for (let index = 1; index <= staying; index += 1) insert.run(index * 10, dayOf(index), index);
  return { path, db };
}

const dayOf = (index: number) => `2026-11-${String((index % 5) + 1).padStart(2, "0")}`;

/** Adds, changes or removes some rows; those that stay only get another total. */
function disturb(db: DatabaseSync, random: () => number): void {
  for (let count = Math.floor(random() * 6); count > 0; count -= 1) {
    const [what, index] = [random(), Math.floor(random() * 60)];
    const id = index * 10 + 1 + Math.floor(random() * 9);
    if (what < 0.4) db.prepare("INSERT OR IGNORE INTO orders VALUES (?, ?, 0, 0)").run(id, dayOf(index));
    else if (what < 0.6) db.prepare("DELETE FROM orders WHERE stays = 0 AND id < ?").run(id);
    else if (what < 0.8) db.prepare("UPDATE orders SET total = total + 1 WHERE id < ?").run(id);
    else
      db.prepare("UPDATE OR IGNORE orders SET id = id + 1 WHERE stays = 0 AND id % 10 < 9 AND id < ?").run(
        id,
      );
  }
}

const stayingKeys = (db: DatabaseSync) =>
  db
    .prepare("SELECT day || ' ' || id AS k FROM orders WHERE stays = 1 ORDER BY day, id")
    .all()
    .map(({ k }) => k);
const keyOf = ({ day, id }: Order) => `${day} ${id}`;

describe("sqlRows on SQLite, while the table changes and nodes die", () => {
  for (const descending of [false, true]) {
    it(`has each row that stays exactly once, ${descending ? "descending" : "ascending"}: 110 interleavings`, async () => {
      for (let seed = 1; seed <= 110; seed += 1) {
        const random = seededRandom(seed);
        const { path, db } = makeDatabase(50);
        const rows = sqlRows<Order>({
          driver: sqliteDriver(() => new DatabaseSync(path, { readOnly: true })),
          select: "SELECT id, day, total FROM orders",
          key: ["day", "id"],
          descending,
          limit: 1 + Math.floor(random() * 9),
        });
        const read = await readWithCrashes(rows, {
          params: {},
          crash: 0.25,
          random,
          meanwhile: () => disturb(db, random),
        });
        const given = read.rows.map(keyOf);
        const expected = stayingKeys(db);
        const kept = given.filter((key) => Number(key.split(" ")[1]) % 10 === 0);
        assert.deepEqual(descending ? kept.toReversed() : kept, expected, `seed ${seed}`);
        db.close();
      }
    });
  }

  it("has one moment in each attempt with a snapshot: 60 interleavings", async () => {
    for (let seed = 1; seed <= 60; seed += 1) {
      const random = seededRandom(seed);
      const { path, db } = makeDatabase(50);
      const all = () =>
        db.prepare("SELECT id, day, total FROM orders ORDER BY day, id").all() as unknown as Order[];
      const moments: Order[][] = [];
      const rows = sqlRows<Order>({
        driver: sqliteDriver(() => new DatabaseSync(path, { readOnly: true })),
        select: "SELECT id, day, total FROM orders",
        key: ["day", "id"],
        limit: 1 + Math.floor(random() * 9),
        snapshot: true,
      });
      const read = await readWithCrashes(rows, {
        params: {},
        crash: 0.1,
        random,
        meanwhile: () => disturb(db, random),
        onAttempt: () => void moments.push(all()),
      });
      // Each attempt gave a stretch of the table as it was at its beginning, so any row is in one of these moments.
      const known = new Set(moments.flat().map((row) => JSON.stringify({ ...row })));
      assert.ok(
        read.rows.every((row) => known.has(JSON.stringify({ ...row }))),
        `seed ${seed}`,
      );
      if (read.attempts === 1) assert.deepEqual(read.rows, moments[0], `seed ${seed}`);
      const kept = read.rows.filter(({ id }) => id % 10 === 0).map(keyOf);
      assert.deepEqual(kept, stayingKeys(db), `seed ${seed}`);
      db.close();
    }
  });
});

describe("sqlRows on SQLite", () => {
  it("finds the place of a page in the index, with one key column or several", () => {
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

  it("refuses a key that is null in any row before it gives one", async () => {
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
      db.prepare("INSERT INTO orders VALUES (?, '2027-01-01', 0, 0)").run(next++);
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

  it("holds a snapshot only on a connection of its own, in WAL mode", async () => {
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
