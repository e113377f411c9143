import assert from "node:assert/strict";
import { copyFile, mkdir, mkdtemp, open, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, test } from "node:test";
import { systemClock } from "../../clock/system.ts";
import { keyOf } from "../../download/key.ts";
import { unprivileged } from "../../files/disk/unprivileged.testing.ts";
import { sampleDownload } from "../../ports/contracts/sample-downloads.ts";
import { openDatabase } from "./sqlite-database.ts";
import { openSqliteRepo, SqliteRepo } from "./sqlite-repo.ts";
import { APPLICATION_ID, SCHEMA_VERSION } from "./sqlite-schema.ts";

describe("the database file", () => {
  let folder: string;
  let path: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "carryout-database-"));
    path = join(folder, "carryout.db");
  });
  afterEach(() => rm(folder, { recursive: true }));

  test("is created with its folder, marked as ours, and can be opened again", async () => {
    const deep = join(folder, "not", "there", "yet.db");
    const first = await openDatabase({ path: deep, clock: systemClock });
    assert.equal(first.prepare("PRAGMA application_id").get()?.application_id, APPLICATION_ID);
    assert.equal(first.prepare("PRAGMA user_version").get()?.user_version, SCHEMA_VERSION);
    assert.equal(first.prepare("PRAGMA journal_mode").get()?.journal_mode, "wal");
    first.close();
    (await openDatabase({ path: deep, clock: systemClock })).close();
  });

  test("can have either value of synchronous", async () => {
    for (const [synchronous, level] of [
      [undefined, 1],
      ["normal", 1],
      ["full", 2],
    ] as const) {
      const database = await openDatabase({ path, clock: systemClock, synchronous });
      assert.equal(database.prepare("PRAGMA synchronous").get()?.synchronous, level);
      database.close();
    }
  });

  test("that is not a database is refused and left unchanged", async () => {
    const content = Buffer.from("this was never a database\n".repeat(500));
    await writeFile(path, content);
    await assert.rejects(opened(), (error: Error & { code?: string }) => {
      assert.equal(error.code, "store-corrupt");
      assert.match(error.message, /carryout\.db is damaged.*Nothing was changed/);
      return true;
    });
    assert.deepEqual(await readFile(path), content);
  });

  test("with damaged pages is refused and left unchanged", async () => {
    await fill(path, 300);
    await damage(path);
    const content = await readFile(path);
    await assert.rejects(opened(), { code: "store-corrupt", message: /carryout\.db is damaged/ });
    assert.deepEqual(await readFile(path), content);
  });

  test("that is truncated is refused", async () => {
    await fill(path, 300);
    const content = await readFile(path);
    await writeFile(path, content.subarray(0, content.length / 2));
    await assert.rejects(opened(), { code: "store-corrupt" });
  });

  test("that is lost while its log exists is refused, and the log is kept", async () => {
    const writer = await openSqliteRepo({ path, clock: systemClock });
    await writer.slots.insert(sampleDownload("ann"));
    const copy = join(folder, "copy.db");
    await copyFile(`${path}-wal`, `${copy}-wal`);
    await writer.close();
    for (const prepare of [() => {}, () => writeFile(copy, "")]) {
      await prepare();
      await assert.rejects(openDatabase({ path: copy, clock: systemClock }), {
        code: "store-corrupt",
        message: /copy\.db-wal holds \d+ bytes/,
      });
    }
    assert.ok((await readFile(`${copy}-wal`)).length > 0);
  });

  test("of a newer schema is refused, and the message names both versions", async () => {
    await fill(path, 1);
    exec(path, `PRAGMA user_version = ${SCHEMA_VERSION + 7}`);
    await assert.rejects(opened(), {
      code: "store-unusable",
      message: new RegExp(`version ${SCHEMA_VERSION + 7}.*up to ${SCHEMA_VERSION}$`),
    });
  });

  test("of another application is refused", async () => {
    exec(path, "CREATE TABLE invoices (id INTEGER)");
    await assert.rejects(opened(), { code: "store-unusable", message: /another application/ });
    const marked = join(folder, "marked.db");
    exec(marked, "PRAGMA application_id = 42");
    await assert.rejects(openDatabase({ path: marked, clock: systemClock }), { code: "store-unusable" });
  });

  test("below a regular file, or in place of a folder, can't be used", async () => {
    await writeFile(join(folder, "file"), "");
    const below = join(folder, "file", "carryout.db");
    await assert.rejects(openDatabase({ path: below, clock: systemClock }), {
      code: "store-unusable",
      message: /file\/carryout\.db can't be used/,
    });
    await mkdir(path);
    await assert.rejects(opened(), { code: "store-unusable" });
  });

  test("in a folder without permission to write can't be used", () =>
    unprivileged(folder, async () => {
      const forbidden = join(folder, "forbidden");
      await mkdir(forbidden, { mode: 0o555 });
      await assert.rejects(openDatabase({ path: join(forbidden, "carryout.db"), clock: systemClock }), {
        code: "store-unusable",
      });
    }));

  test("that another connection keeps locked is unavailable after the limit", async () => {
    const holder = new DatabaseSync(path);
    holder.exec("BEGIN EXCLUSIVE");
    const waits: number[] = [];
    const opening = openDatabase({
      path,
      clock: systemClock,
      busyLimitMs: 20,
      onBusy: (ms) => waits.push(ms),
    });
    await assert.rejects(opening, { code: "unavailable", retriable: true, message: /locked/ });
    assert.ok(waits.length > 0);
    holder.close();
    (await opened()).close();
  });

  test("that is damaged at run time fails with store-corrupt, and so do its watchers", async () => {
    await fill(path, 2_000);
    await damage(path);
    const options = { path, clock: systemClock };
    const repo = new SqliteRepo(await openDatabase({ ...options, check: false }), options);
    const corrupt = { code: "store-corrupt", message: /carryout\.db/ };
    await assert.rejects(repo.slots.fetch(keyOf(sampleDownload("user-1000"))), corrupt);
    await assert.rejects(repo.slots.insert(sampleDownload("new")), corrupt);
    const watching = async () => {
      for await (const event of repo.slots.watch(new AbortController().signal))
        assert.notEqual(event.type, "synced");
    };
    await assert.rejects(watching(), corrupt);
    await repo.close();
  });

  function opened(): Promise<DatabaseSync> {
    return openDatabase({ path, clock: systemClock });
  }
});

async function fill(path: string, count: number): Promise<void> {
  const repo = await openSqliteRepo({ path, clock: systemClock });
  await Promise.all(
    Array.from({ length: count }, (_, index) => repo.slots.insert(sampleDownload(`user-${index}`))),
  );
  await repo.close();
}

/** Overwrites all pages but the first, which holds the schema. */
async function damage(path: string): Promise<void> {
  const file = await open(path, "r+");
  const { size } = await file.stat();
  await file.write(Buffer.alloc(size - 4_096, 0xa5), 0, size - 4_096, 4_096);
  await file.close();
}

function exec(path: string, sql: string): void {
  const database = new DatabaseSync(path);
  database.exec(sql);
  database.close();
}
