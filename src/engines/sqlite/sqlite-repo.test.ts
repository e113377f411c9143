import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, test } from "node:test";
import { systemClock } from "../../clock/system.ts";
import { decodeDownload } from "../../download/codec.ts";
import { idOf, keyOf, ownerOf } from "../../download/key.ts";
import type { RepoPart } from "../../ports/contracts/repo-cluster.ts";
import { repoContract } from "../../ports/contracts/repo-contract.ts";
import { atProgress, sampleDownload } from "../../ports/contracts/sample-downloads.ts";
import { Watching } from "../../ports/contracts/slots-watch-contract.ts";
import { openDatabase } from "./sqlite-database.ts";
import { openSqliteRepo, SqliteRepo, type SqliteRepoOptions } from "./sqlite-repo.ts";

/** Long enough that changes can only be noticed by hints. */
const NEVER_MS = 3_600_000;

repoContract("sqlite, told by hints", async () => {
  const files = await SqliteFolder.make();
  const hintOthers = (writer: SqliteRepo) => {
    for (const repo of files.repos) if (repo !== writer) repo.hint();
  };
  return {
    async open() {
      const repo = await files.open({ pollMs: NEVER_MS, onCommit: () => hintOthers(repo) });
      return repo;
    },
    async plant(part, key, text) {
      files.plant(part, key, text);
      for (const repo of files.repos) repo.hint();
    },
    dispose: () => files.dispose(),
  };
});

repoContract("sqlite, found by looking", async () => {
  const files = await SqliteFolder.make();
  return {
    open: () => files.open({ pollMs: 1 }),
    plant: async (part, key, text) => files.plant(part, key, text),
    dispose: () => files.dispose(),
  };
});

describe("SqliteRepo", () => {
  let files: SqliteFolder;

  beforeEach(async () => {
    files = await SqliteFolder.make();
  });
  afterEach(() => files.dispose());

  test("announces only commits that changed something", async () => {
    let commits = 0;
    const repo = await files.open({ onCommit: () => (commits += 1) });
    await repo.slots.insert(sampleDownload("ann"));
    assert.equal(commits, 1);
    assert.equal(await repo.slots.insert(sampleDownload("ann")), null);
    assert.equal(await repo.slots.remove(keyOf(sampleDownload("bob")), 1), null);
    assert.equal(commits, 1);
    await Promise.all(["bob", "cy", "dan"].map((user) => repo.slots.insert(sampleDownload(user))));
    assert.equal(commits, 2);
  });

  test("a snapshot and a backlog of many chunks arrive complete", async () => {
    const writer = await files.open();
    const reader = await files.open({ pollMs: NEVER_MS });
    const insertAll = (prefix: string) =>
      Promise.all(
        Array.from({ length: 1_300 }, (_, index) => writer.slots.insert(sampleDownload(`${prefix}${index}`))),
      );
    await insertAll("before-");
    const watching = new Watching(reader.slots);
    await watching.synced();
    assert.equal(watching.records.size, 1_300);
    await insertAll("after-");
    for (let times = 0; times < 1_000; times += 1) reader.hint();
    await watching.until(({ records }) => records.size === 2_600);
    assert.equal(watching.events.length, 2_602);
  });

  test("a watcher that may have missed a removal gets a fresh snapshot", async () => {
    const writer = await files.open({ tombstones: 10 });
    const reader = await files.open({ pollMs: NEVER_MS });
    const users = Array.from({ length: 100 }, (_, index) => `user-${index}`);
    const versions = await Promise.all(users.map((user) => writer.slots.insert(sampleDownload(user))));
    const watching = new Watching(reader.slots);
    await watching.synced();
    assert.equal(watching.records.size, 100);
    for (const [index, user] of users.slice(0, 90).entries()) {
      assert.notEqual(await writer.slots.remove(keyOf(sampleDownload(user)), versions[index]!), null);
    }
    assert.ok(tombstonesIn(files.path) <= 11, "tombstones are pruned");
    reader.hint();
    await watching.until(({ events }) => events.filter(({ type }) => type === "synced").length === 2);
    assert.deepEqual(
      [...watching.records.keys()].sort(),
      users
        .slice(90)
        .map((user) => keyOf(sampleDownload(user)))
        .sort(),
    );
    await writer.slots.insert(sampleDownload("later"));
    reader.hint();
    await watching.until(({ records }) => records.has(keyOf(sampleDownload("later"))));
  });

  test("a snapshot that is overtaken by removals starts again", async () => {
    const writer = await files.open({ tombstones: 10 });
    const reader = await files.open({ pollMs: NEVER_MS });
    const users = Array.from({ length: 400 }, (_, index) => `user-${index}`);
    const versions = await Promise.all(users.map((user) => writer.slots.insert(sampleDownload(user))));
    const records = new Set<string>();
    let begins = 0;
    for await (const event of reader.slots.watch(new AbortController().signal)) {
      if (event.type === "begin") {
        records.clear();
        begins += 1;
      } else if (event.type === "put") records.add(event.key);
      else if (event.type === "remove") records.delete(event.key);
      else break;
      if (begins === 1 && records.size === 5) {
        const removals = users.slice(0, 50).map((user, index) => {
          return writer.slots.remove(keyOf(sampleDownload(user)), versions[index]!);
        });
        assert.ok((await Promise.all(removals)).every(Boolean));
      }
    }
    assert.equal(begins, 2);
    assert.equal(records.size, 350);
  });

  test("versions continue after tombstones were pruned and the file was reopened", async () => {
    const download = sampleDownload("ann");
    let last = 0;
    for (let round = 0; round < 5; round += 1) {
      const repo = await files.open({ tombstones: 1 });
      for (let time = 0; time < 5; time += 1) {
        const version = (await repo.slots.insert(download))!;
        assert.ok(version > last);
        last = version;
        await repo.slots.remove(keyOf(download), version);
      }
      await repo.close();
    }
  });

  test("a failing write does not fail the others in its transaction", async () => {
    const repo = await files.open();
    files.exec(`CREATE TRIGGER refuse BEFORE INSERT ON slots WHEN NEW.key = '${keyOf(sampleDownload("bad"))}'
      BEGIN SELECT RAISE(ABORT, 'refused by a trigger'); END`);
    const users = ["ann", "bad", "bob"];
    const results = await Promise.allSettled(users.map((user) => repo.slots.insert(sampleDownload(user))));
    assert.deepEqual(
      results.map(({ status }) => status),
      ["fulfilled", "rejected", "fulfilled"],
    );
    assert.equal((await repo.slots.list("bad")).length, 0);
    assert.equal((await repo.slots.list("bob")).length, 1);
  });

  test("on a full disk a write is unavailable and not applied, and works again when there is space", async () => {
    const options = { path: files.path, clock: systemClock };
    const database = await openDatabase(options);
    const repo = files.adopt(new SqliteRepo(database, options));
    const version = (await repo.slots.insert(sampleDownload("ann")))!;
    database.exec("PRAGMA max_page_count = 20");
    const users = Array.from({ length: 400 }, (_, index) => `user-${index}`);
    for (const result of await Promise.allSettled(
      users.map((user) => repo.slots.insert(sampleDownload(user))),
    )) {
      assert.ok(result.status === "rejected");
      assert.equal(result.reason.code, "unavailable");
      assert.match(result.reason.message, /^disk full: /);
    }
    assert.deepEqual(await repo.slots.list("user-0"), []);
    assert.notEqual(await repo.slots.update(atProgress(sampleDownload("ann"), 1), version), null);
    database.exec("PRAGMA max_page_count = 1000000");
    assert.notEqual(await repo.slots.insert(sampleDownload("user-0")), null);
  });

  test("writes wait for a lock that another process holds; reads continue meanwhile", async () => {
    const repo = await files.open();
    await repo.slots.insert(sampleDownload("ann"));
    const release = files.lock();
    const busy = Promise.withResolvers<number>();
    const patient = await files.open({ onBusy: busy.resolve });
    const writing = patient.slots.insert(sampleDownload("bob"));
    assert.equal(typeof (await busy.promise), "number");
    assert.equal((await patient.slots.list("ann")).length, 1);
    release();
    assert.notEqual(await writing, null);
  });

  test("after too long a wait for a lock a write is unavailable and not applied, not even later", async () => {
    const repo = await files.open({ busyLimitMs: 20 });
    const release = files.lock();
    const refused = { code: "unavailable", retriable: true, message: /locked by another process/ };
    await Promise.all(
      ["ann", "bob"].map((user) => assert.rejects(repo.slots.insert(sampleDownload(user)), refused)),
    );
    release();
    assert.notEqual(await repo.slots.insert(sampleDownload("cy")), null);
    assert.deepEqual(await repo.slots.list("ann"), []);
  });

  test("closed while it waits for a lock: the write fails as closed and is not applied", async () => {
    const busy = Promise.withResolvers<number>();
    const repo = await files.open({ onBusy: busy.resolve });
    const release = files.lock();
    const writing = assert.rejects(repo.slots.insert(sampleDownload("ann")), { code: "closed" });
    await busy.promise;
    await Promise.all([writing, repo.close()]);
    release();
    assert.deepEqual(await (await files.open()).slots.list("ann"), []);
  });

  test("closed right after a write was requested: the write is applied", async () => {
    const repo = await files.open();
    const writing = repo.slots.insert(sampleDownload("ann"));
    await repo.close();
    assert.notEqual(await writing, null);
    assert.equal((await (await files.open()).slots.list("ann")).length, 1);
  });
});

function tombstonesIn(path: string): number {
  const database = new DatabaseSync(path);
  const { count } = database.prepare("SELECT count(*) AS count FROM slots WHERE record IS NULL").get() as {
    count: number;
  };
  database.close();
  return count;
}

/** A database in its own folder, and the repos opened on it. */
class SqliteFolder {
  readonly path: string;
  readonly repos: SqliteRepo[] = [];
  readonly #folder: string;

  static async make(): Promise<SqliteFolder> {
    return new SqliteFolder(await mkdtemp(join(tmpdir(), "carryout-repo-")));
  }

  constructor(folder: string) {
    this.#folder = folder;
    this.path = join(folder, "carryout.db");
  }

  async open(options: Partial<SqliteRepoOptions> = {}): Promise<SqliteRepo> {
    return this.adopt(await openSqliteRepo({ path: this.path, clock: systemClock, ...options }));
  }

  adopt(repo: SqliteRepo): SqliteRepo {
    this.repos.push(repo);
    return repo;
  }

  exec(sql: string): void {
    const database = new DatabaseSync(this.path);
    database.exec(sql);
    database.close();
  }

  /** Writes a row, bypassing all repos. */
  plant(part: RepoPart, key: string, text: string): void {
    const database = new DatabaseSync(this.path);
    database.exec("PRAGMA busy_timeout = 5000; BEGIN IMMEDIATE");
    database.exec("UPDATE meta SET value = value + 1 WHERE name = 'sequence'");
    const version = Number(database.prepare("SELECT value FROM meta WHERE name = 'sequence'").get()!.value);
    const { value } = decodeDownload(key, text);
    const { requestedAt = 0, expiresAt = 0 } = value ?? {};
    if (part === "history") {
      database
        .prepare(
          `INSERT INTO history (key, owner, id, version, requested_at, expires_at, record)
           VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (key) DO UPDATE SET version = ?4, record = ?7`,
        )
        .run(key, ownerOf(key), idOf(key), version, requestedAt, expiresAt, text);
    } else {
      database
        .prepare(
          `INSERT INTO ${part} (version, key, record) VALUES (?1, ?2, ?3) ` +
            "ON CONFLICT (key) DO UPDATE SET version = ?1, record = ?3",
        )
        .run(version, key, text);
    }
    database.exec("COMMIT");
    database.close();
  }

  /** Takes the write lock until the returned function is called. */
  lock(): () => void {
    const holder = new DatabaseSync(this.path);
    holder.exec("BEGIN IMMEDIATE");
    return () => holder.close();
  }

  async dispose(): Promise<void> {
    await Promise.all(this.repos.map((repo) => repo.close()));
    await rm(this.#folder, { recursive: true });
  }
}
