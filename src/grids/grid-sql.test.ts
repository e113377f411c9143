import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { after, before, describe, it } from "node:test";
import fc from "fast-check";
import type { GridFilter } from "./filter.ts";
import { gridOrder, gridPredicate } from "./grid-predicate.ts";
import { type GridSql, gridSql } from "./grid-sql.ts";
import { COLUMNS, filters, rows, type SampleRow } from "./sample-grid.testing.ts";

const CREATE = "CREATE TABLE items (id INTEGER PRIMARY KEY, name, note TEXT, amount REAL, active, day, at)";

function fill(db: DatabaseSync, all: readonly SampleRow[]): void {
  db.exec("DELETE FROM items");
  const insert = db.prepare("INSERT INTO items VALUES (?, ?, ?, ?, ?, ?, ?)");
  for (const { id, name, note, amount, active, day, at } of all) {
    insert.run(id, name, note, amount, active === null ? null : Number(active), day, at);
  }
}

describe("gridSql on SQLite", () => {
  let db: DatabaseSync;
  let grid: GridSql;
  before(() => {
    db = new DatabaseSync(":memory:");
    db.function("lower", { deterministic: true }, (text) =>
      typeof text === "string" ? text.toLowerCase() : text,
    );
    db.exec(CREATE);
    grid = gridSql({ dialect: "sqlite", columns: COLUMNS });
  });
  after(() => db.close());

  const idsOf = (filter: GridFilter) => {
    const { sql, values } = grid.where(filter);
    const found = db.prepare(`SELECT id FROM items WHERE ${sql} ORDER BY id`).all(...values);
    return found.map(({ id }) => Number(id));
  };

  it("selects the rows that the predicate passes", () => {
    fc.assert(
      fc.property(rows, filters, (all, filter) => {
        fill(db, all);
        const passes = gridPredicate<SampleRow>(COLUMNS, filter);
        assert.deepEqual(
          idsOf(filter),
          all.filter(passes).map(({ id }) => id),
        );
      }),
      { numRuns: 500 },
    );
  });

  it("selects with a negated filter exactly the rows that it did not select before", () => {
    fc.assert(
      fc.property(rows, filters, (all, filter) => {
        fill(db, all);
        const both = [...idsOf(filter), ...idsOf({ op: "not", filter })];
        assert.deepEqual(
          both.sort((a, b) => a - b),
          all.map(({ id }) => id),
        );
      }),
    );
  });

  it("orders missing values first, or last when descending", () => {
    const sorts = fc.array(
      fc.record({
        column: fc.constantFrom("name", "note", "amount", "day"),
        descending: fc.boolean(),
      }),
      { maxLength: 2 },
    );
    fc.assert(
      fc.property(rows, sorts, (all, sort) => {
        fill(db, all);
        const order = [grid.orderBy(sort), "id"].filter((part) => part !== "").join(", ");
        const found = db.prepare(`SELECT id FROM items ORDER BY ${order}`).all();
        const compare = gridOrder<SampleRow>(COLUMNS, sort);
        // SQLite orders text by code points, JavaScript by UTF-16 units: no text here is ordered differently.
        assert.deepEqual(
          found.map(({ id }) => Number(id)),
          [...all].sort((a, b) => compare(a, b) || a.id - b.id).map(({ id }) => id),
        );
      }),
    );
  });

  it("binds every value and quotes every name", () => {
    const columns = { 'a"b; DROP TABLE items': "text", n: { type: "number", sql: "amount / 2" } } as const;
    const { where, orderBy } = gridSql({ dialect: "sqlite", columns });
    const filter: GridFilter = {
      op: "or",
      filters: [
        { op: "contains", column: 'a"b; DROP TABLE items', value: "'; DROP TABLE items; --" },
        { op: "less", column: "n", value: 3 },
      ],
    };
    assert.deepEqual(where(filter), {
      sql:
        '(("a""b; DROP TABLE items" IS NOT NULL AND ' +
        'instr(CAST(lower(CAST("a""b; DROP TABLE items" AS TEXT) COLLATE BINARY) AS TEXT) COLLATE BINARY, ?) > 0) ' +
        "OR (amount / 2 IS NOT NULL AND amount / 2 < ?))",
      values: ["'; drop table items; --", 3],
    });
    assert.equal(orderBy([{ column: "n", descending: true }]), "amount / 2 DESC");
  });

  it("refuses columns that are not listed, also in a sort", () => {
    const unknown = /unknown column "secret" \(available: name, note, amount, active, day, at\)/;
    assert.throws(() => grid.where({ op: "null", column: "secret" }), unknown);
    assert.throws(() => grid.orderBy([{ column: "secret" }]), unknown);
    assert.throws(() => grid.where({ op: "null", column: "constructor" }), /unknown column "constructor"/);
  });

  it("finds integers beyond 2^53 by their digits", () => {
    fill(db, []);
    db.prepare("INSERT INTO items (id) VALUES (?)").run(9_007_199_254_740_993n);
    const { where } = gridSql({ dialect: "sqlite", columns: { id: "number" } });
    const { sql, values } = where({ op: "equals", column: "id", value: "9007199254740993" });
    const found = db.prepare(`SELECT CAST(id AS TEXT) AS id FROM items WHERE ${sql}`).all(...values);
    assert.deepEqual(
      found.map(({ id }) => id),
      ["9007199254740993"],
    );
  });

  it("binds values as the column's bind gives them", () => {
    const columns = {
      at: { type: "datetime", bind: (value: unknown) => Date.parse(String(value)) },
    } as const;
    const { where } = gridSql({ dialect: "sqlite", columns });
    const instant = "2026-11-26T08:00:00.000Z";
    assert.deepEqual(where({ op: "less", column: "at", value: instant }).values, [Date.parse(instant)]);
  });
});

describe("gridSql", () => {
  it("numbers PostgreSQL's placeholders from the first free one", () => {
    const { where } = gridSql({ dialect: "postgres", columns: { total: "number", name: "text" } });
    const filter: GridFilter = {
      op: "and",
      filters: [
        { op: "greater", column: "total", value: 1.5 },
        { op: "startsWith", column: "name", value: "50%_!", caseSensitive: true },
      ],
    };
    assert.deepEqual(where(filter, { first: 3 }), {
      sql: `(("total" IS NOT NULL AND "total" > $3::numeric) AND ("name" IS NOT NULL AND ("name")::text LIKE $4 ESCAPE '!'))`,
      values: [1.5, "50!%!_!!%"],
    });
  });

  it("selects everything without filters", () => {
    for (const dialect of ["sqlite", "postgres", "mysql"] as const) {
      const { where, orderBy } = gridSql({ dialect, columns: COLUMNS });
      assert.deepEqual([where(undefined), orderBy(undefined)], [{ sql: "(1 = 1)", values: [] }, ""]);
    }
  });

  it("says what is wrong with a declaration", () => {
    const given = (options: unknown) => () => gridSql(options as never);
    assert.throws(given({ dialect: "oracle", columns: COLUMNS }), /available: sqlite, postgres, mysql/);
    assert.throws(given({ dialect: "sqlite", columns: {} }), /at least one column/);
    assert.throws(
      given({ dialect: "sqlite", columns: { a: "int" } }),
      /grid column "a": type must be one of text, number, boolean, date, datetime/,
    );
  });

  it("can ignore accents where the database can", () => {
    const db = new DatabaseSync(":memory:");
    db.function("lower", (text) => (typeof text === "string" ? text.toLowerCase() : text));
    db.function("unaccent", (text) =>
      typeof text === "string" ? text.normalize("NFD").replace(/\p{Mn}/gu, "") : text,
    );
    db.exec("CREATE TABLE items (name TEXT); INSERT INTO items VALUES ('Été'), ('ETE'), ('est')");
    const { where } = gridSql({
      dialect: "sqlite",
      columns: { name: "text" },
      unaccent: (sql) => `unaccent(${sql})`,
    });
    const { sql, values } = where({ op: "equals", column: "name", value: "été", ignoreAccents: true });
    const found = db.prepare(`SELECT name FROM items WHERE ${sql}`).all(...values);
    assert.deepEqual(
      found.map(({ name }) => name),
      ["Été", "ETE"],
    );
    db.close();
  });
});
