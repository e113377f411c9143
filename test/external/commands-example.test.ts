import assert from "node:assert/strict";
import { mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, before, describe, it } from "node:test";
import { Client } from "pg";
import { PostgresServer, withoutPostgres } from "../support/postgres.testing.ts";
import { begin, failureOf, fileOf } from "./made.ts";
import { without } from "./programs.ts";

const dir = mkdtempSync(join(tmpdir(), "carryout-commands-"));
process.env.SHOP_FILE = join(dir, "shop.db");
const server = withoutPostgres || without("pg_dump") ? null : await PostgresServer.start();
after(() => server?.stop());
process.env.SHOP_URL = server?.url ?? "";
const { shop, squares, table } = await import("../../examples/commands/generators.ts");

after(() => rmSync(dir, { recursive: true }));

describe("examples/commands: sqlite3 .dump", { skip: without("sqlite3") }, () => {
  before(() => {
    const db = new DatabaseSync(join(dir, "shop.db"));
    db.exec("PRAGMA page_size = 4096; CREATE TABLE orders (id INTEGER PRIMARY KEY, customer TEXT)");
    db.exec(
      "INSERT INTO orders (customer) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) SELECT 'Zoë ' || i FROM n",
    );
    db.close();
  });

  it("restores to an equal database", async () => {
    const dump = await fileOf(shop);
    const restored = new DatabaseSync(":memory:");
    restored.exec(dump.toString());
    const { rows, last } = restored
      .prepare("SELECT count(*) AS rows, max(customer) AS last FROM orders")
      .get() as { rows: number; last: string };
    assert.deepEqual([rows, last], [20_000, "Zoë 9999"]);
  });

  it("is an error, not half a file, when the database is damaged", async () => {
    const file = openSync(join(dir, "shop.db"), "r+");
    writeSync(file, Buffer.alloc(8_192, "damaged"), 0, 8_192, 200_000);
    const failed = await failureOf(shop);
    assert.equal(failed.code, "output-incomplete");
    assert.equal(failed.expose, false);
  });
});

describe("examples/commands: pg_dump", { skip: withoutPostgres || without("pg_dump") }, () => {
  before(async () => {
    const client = new Client({ connectionString: server?.url });
    await client.connect();
    await client.query(
      "CREATE TABLE customers AS SELECT i, 'Zoë ' || i AS name FROM generate_series(1, 20000) i",
    );
    await client.end();
  });

  it("dumps a table of a real server", async () => {
    const dump = (await fileOf(table, { table: "customers" })).toString();
    assert.match(dump, /^COPY public\.customers \(i, name\) FROM stdin;\n1\tZoë 1\n/m);
    assert.equal(dump.match(/^\d+\tZoë \d+$/gm)?.length, 20_000);
  });

  it("tells the user about a missing table, but about no other error", async () => {
    const missing = await failureOf(table, { table: "orders" });
    assert.deepEqual([missing.message, missing.expose], ["There is no table orders.", true]);
    await server?.stop();
    const down = await failureOf(table, { table: "customers" });
    assert.deepEqual([down.code, down.expose, down.retriable], ["program-failed", false, true]);
    assert.match(down.causes, /connection to server at "127\.0\.0\.1"/);
  });
});

describe("examples/commands: a program with progress", { skip: without("python3") }, () => {
  it("reports it on file descriptor 3", async () => {
    const { host, running } = begin(squares, { upTo: 5_000 });
    await running.done;
    assert.equal(host.bytes().toString().split("\n").at(-2), "5000,25000000");
    assert.deepEqual(host.reports.at(-1), { done: 5_000, total: 5_000, message: "5000 of 5000" });
  });
});
