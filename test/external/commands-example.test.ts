import assert from "node:assert/strict";
import { mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, before, describe, it } from "node:test";
import { begin, failureOf, fileOf } from "./made.ts";
import { without } from "./programs.ts";

const dir = mkdtempSync(join(tmpdir(), "carryout-commands-"));
process.env.SHOP_FILE = join(dir, "shop.db");
const { shop, squares } = await import("../../examples/commands/generators.ts");

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

describe("examples/commands: a program with progress", { skip: without("python3") }, () => {
  it("reports it on file descriptor 3", async () => {
    const { host, running } = begin(squares, { upTo: 5_000 });
    await running.done;
    assert.equal(host.bytes().toString().split("\n").at(-2), "5000,25000000");
    assert.deepEqual(host.reports.at(-1), { done: 5_000, total: 5_000, message: "5000 of 5000" });
  });
});
