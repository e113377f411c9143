import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, describe, it } from "node:test";
import { seededRandom } from "../../src/clock/seeded-random.ts";
import { readWithCrashes } from "../../src/export/rows/crashing-reader.testing.ts";
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

  it("sees a single moment in each attempt with a snapshot: 60 interleavings", async () => {
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
