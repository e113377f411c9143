import assert from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, readdir, rename, rm, rmdir, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { systemClock as clock } from "../../../src/clock/system.ts";
import { downloadKey, keyOf } from "../../../src/download/key.ts";
import { socketAddress } from "../../../src/engines/mesh/address.ts";
import { openDatabase } from "../../../src/engines/sqlite/sqlite-database.ts";
import { openSqliteEngine } from "../../../src/engines/sqlite/sqlite-engine.ts";
import { writeLockHolders } from "../../../src/engines/sqlite/write-lock.ts";
import { pathOfKey } from "../../../src/files/disk/disk-layout.ts";
import { unprivileged } from "../../../src/files/disk/unprivileged.testing.ts";
import type { Clock } from "../../../src/ports/clock.ts";
import { eventOf, seen, testMember } from "../../../src/ports/contracts/membership-contract.ts";
import { sampleDownload, sampleMark } from "../../../src/ports/contracts/sample-downloads.ts";
import type { Engine } from "../../../src/ports/engine.ts";
import { type Command, nodeIdOf } from "../../../src/ports/membership.ts";
import type { Log } from "../../../src/telemetry/log.ts";
import { silentLog } from "../../../src/telemetry/log.ts";

/** Started again as `child DIR`, this file is a node that freezes in the middle of a transaction on command. */
const [role, childDir] = process.argv.slice(2);
if (role === "child") await runChild();
else describe("engine sqlite", tests);

async function runChild(): Promise<void> {
  const engine = await openSqliteEngine({ dir: childDir!, clock, leaseMs: 1_000 });
  const path = join(childDir!, "carryout.db");
  const database = await openDatabase({ path, clock, check: false });
  process.once("disconnect", () => process.exit());
  process.on("message", () => {
    database.exec("BEGIN IMMEDIATE");
    process.send!("locked", () => process.kill(process.pid, "SIGSTOP"));
  });
  await engine.membership.join(testMember("frozen"));
  process.send!("joined");
}

function tests(): void {
  let dir: string;
  let engines: Engine[];
  let children: ChildProcess[];

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), "carryout-engine-"));
    engines = [];
    children = [];
  });
  afterEach(async () => {
    for (const child of children) child.kill("SIGKILL");
    for (const engine of engines) await engine.close();
    await rm(dir, { recursive: true });
  });

  const open = async (
    options: {
      dir?: string;
      leaseMs?: number;
      observer?: boolean;
      log?: Log;
      clock?: Clock;
      synchronous?: "full";
    } = {},
  ) => {
    const engine = await openSqliteEngine({ dir: join(dir, "data"), clock, leaseMs: 3_000, ...options });
    engines.push(engine);
    return engine;
  };
  const spawn = async () => {
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    const child = fork(import.meta.filename, ["child", join(dir, "data")], { env });
    children.push(child);
    await once(child, "message");
    return child;
  };

  test("creates a private folder with everything in it, which the next node shares", async () => {
    const one = await open();
    const two = await open({ synchronous: "full" });
    await one.membership.join(testMember("one"));
    assert.deepEqual(
      (await readdir(join(dir, "data"))).filter((name) => !/^(carryout\.db-|ballast)/.test(name)).sort(),
      ["carryout.db", "files", "nodes", "secret"],
    );
    assert.equal((await stat(join(dir, "data"))).mode & 0o777, 0o700);
    assert.equal((await stat(join(dir, "data", "nodes"))).mode & 0o777, 0o700);
    assert.equal(one.secret, two.secret);
    assert.deepEqual([one.trouble(), two.trouble()], [null, null]);
  });

  /** Its timers never fire: every change that a node with it sees came through a hint. */
  const untimed: Clock = {
    ...clock,
    after: () => () => {},
    sleep: (_ms, signal) => new Promise((resolve) => signal?.addEventListener("abort", () => resolve())),
  };

  test("a write by one node reaches another's watcher through a hint", async () => {
    const [one, two] = [await open(), await open({ clock: untimed })];
    await one.membership.join(testMember("one"));
    await two.membership.join(testMember("two"));
    const stop = new AbortController();
    const events = two.repo.slots.watch(stop.signal)[Symbol.asyncIterator]();
    while ((await events.next()).value?.type !== "synced");
    const download = sampleDownload("alice");
    await one.repo.slots.insert(download);
    const { value } = await events.next();
    assert.equal(value?.type === "put" && value.key, keyOf(download));
    stop.abort();
  });

  test("progress written by one node reaches a watcher of another through a hint", async () => {
    const [one, two] = [await open(), await open({ clock: untimed })];
    await one.membership.join(testMember("one"));
    await two.membership.join(testMember("two"));
    const stop = new AbortController();
    const events = two.repo.work.watch("alice", stop.signal)[Symbol.asyncIterator]();
    while ((await events.next()).value?.type !== "synced");
    const key = downloadKey("alice", sampleDownload("alice").id);
    const next = events.next();
    let version = await one.repo.work.advance(key, sampleMark(1), null);
    // It may be written before the other has said that it looks.
    for (let done = 2, isSeen = false; !isSeen; done++) {
      version = await one.repo.work.advance(key, sampleMark(done), version);
      isSeen = await Promise.race([next.then(() => true), new Promise(setImmediate).then(() => false)]);
    }
    const { value } = await next;
    assert.equal(value?.type === "put" && value.key, key);
    stop.abort();
  });

  test("an observer can ask a node", async () => {
    const node = await open();
    const heard = Promise.withResolvers<Command>();
    await node.membership.join(testMember("one"), heard.resolve);
    const observer = await open({ observer: true });
    assert.equal(await observer.membership.ask(nodeIdOf(testMember("one")), "drain"), true);
    assert.equal(await heard.promise, "drain");
  });

  test("a data folder whose path is too long for a socket works as well", async () => {
    const deep = join(dir, "deep".repeat(30));
    const [one, two] = [
      await open({ dir: deep, leaseMs: 3_600_000 }),
      await open({ dir: deep, leaseMs: 3_600_000 }),
    ];
    await one.membership.join(testMember("one"));
    await two.membership.join(testMember("two"));
    await seen(one.membership, nodeIdOf(testMember("two")));
    const left = eventOf(one.membership, "left", nodeIdOf(testMember("two")));
    await two.close();
    assert.equal((await left).certain, true);
    await one.close();
    await rmdir(dirname(socketAddress(deep, "any")));
  });

  test("an observer does not create a cluster", async () => {
    await assert.rejects(open({ observer: true }), {
      code: "store-unusable",
      message: /no cluster data/,
    });
    assert.deepEqual(await readdir(dir), []);
    const node = await open();
    await node.membership.join(testMember("one"));
    const observer = await open({ observer: true });
    assert.deepEqual(observer.membership.members(), [testMember("one")]);
  });

  test("an unusable folder is refused with an error that names it", async () => {
    const file = join(dir, "file");
    await writeFile(file, "");
    await assert.rejects(open({ dir: join(file, "data") }), { code: "store-unusable", message: /file/ });
    await unprivileged(dir, async () => {
      await chmod(dir, 0o500);
      await assert.rejects(open(), { code: "store-unusable" });
      await chmod(dir, 0o700);
    });
  });

  test("a damaged database is refused, without leaving anything open or changed", async () => {
    const data = join(dir, "data");
    await (await open()).close();
    await writeFile(join(data, "carryout.db"), "this is no database, ".repeat(1_000));
    await assert.rejects(open(), { code: "store-corrupt" });
    assert.equal((await stat(join(data, "carryout.db"))).size, 21_000);
  });

  test("a folder that was moved accepts no more writes, and its replacement is left alone", async () => {
    const old = await open();
    const version = await old.repo.slots.insert(sampleDownload("alice"));
    await old.files.put("kept/1/0", new Uint8Array([1]));
    await rename(join(dir, "data"), join(dir, "moved"));
    const unavailable = { code: "unavailable" };
    await assert.rejects(old.files.put("lost/1/0", new Uint8Array([1])), unavailable);
    assert.deepEqual((await readdir(dir)).sort(), ["moved"]);
    const fresh = await open();
    await fresh.files.put("new/1/0", new Uint8Array([2]));
    await assert.rejects(old.repo.slots.insert(sampleDownload("bob")), unavailable);
    await assert.rejects(old.repo.slots.update(sampleDownload("alice"), version!), unavailable);
    await assert.rejects(old.repo.slots.fetch(keyOf(sampleDownload("alice"))), unavailable);
    await assert.rejects(old.files.remove("new/"), unavailable);
    await assert.rejects(old.files.get("kept/1/0")[Symbol.asyncIterator]().next(), unavailable);
    assert.match(old.trouble() ?? "", /not the file this node has open/);
    assert.equal(fresh.trouble(), null);
    const left: string[] = [];
    for await (const { key } of fresh.files.list("")) left.push(key);
    assert.deepEqual(left, ["new/1/0"]);
  });

  test("a folder that was accessible to other users is closed to them, whatever the umask", async () => {
    if (process.platform === "win32") return;
    const data = join(dir, "data");
    await mkdir(join(data, "files"), { recursive: true });
    await chmod(data, 0o777);
    await chmod(join(data, "files"), 0o755);
    const before = process.umask(0);
    const engine = await open();
    await engine.files.put("a/1/0", new Uint8Array([1]));
    await engine.repo.slots.insert(sampleDownload("alice"));
    process.umask(before);
    const part = pathOfKey("files", "a/1/0");
    for (const name of ["", "files", dirname(dirname(part)), dirname(part), "nodes"]) {
      assert.equal((await stat(join(data, name))).mode & 0o077, 0, name);
    }
    for (const name of ["carryout.db", "carryout.db-wal", "carryout.db-shm", "secret", part]) {
      assert.equal((await stat(join(data, name))).mode & 0o777, 0o600, name);
    }
  });

  test("its health names the problem", async () => {
    const engine = await open();
    await rename(join(dir, "data", "carryout.db"), join(dir, "elsewhere"));
    assert.match(engine.trouble() ?? "", /is missing/);
    await writeFile(join(dir, "data", "carryout.db"), "of somebody else");
    assert.match(engine.trouble() ?? "", /is not the file this node has open/);
    await rename(join(dir, "elsewhere"), join(dir, "data", "carryout.db"));
    assert.equal(engine.trouble(), null);
    await engine.close();
    assert.equal(engine.trouble(), "the engine is closed");
  });

  test("a node that froze in the middle of a transaction is killed once its lease expires", async () => {
    const lines: string[] = [];
    const log: Log = { ...silentLog, error: (_fields, message) => lines.push(message) };
    const engine = await open({ leaseMs: 1_000, log });
    await engine.membership.join(testMember("here"));
    const frozen = await spawn();
    await seen(engine.membership, nodeIdOf(testMember("frozen")));
    const exit = once(frozen, "exit");
    const locked = once(frozen, "message");
    frozen.send("freeze");
    await locked;
    assert.notEqual(await engine.repo.slots.insert(sampleDownload("alice")), null);
    assert.deepEqual(await exit, [null, "SIGKILL"]);
    assert.deepEqual(lines, ["killing a frozen node that holds the database's lock"]);
  });

  test("a live process that holds the lock is left alone, and reported", async () => {
    let report = (_fields: Record<string, unknown>) => {};
    const reported = new Promise<Record<string, unknown>>((resolve) => {
      report = resolve;
    });
    const engine = await open({ leaseMs: 200, log: { ...silentLog, warn: (fields) => report(fields) } });
    const database = await openDatabase({ path: join(dir, "data", "carryout.db"), clock, check: false });
    database.exec("BEGIN IMMEDIATE");
    const inserted = engine.repo.slots.insert(sampleDownload("alice"));
    const { holders } = await reported;
    if (process.platform === "linux") {
      assert.deepEqual(holders, [process.pid]);
      assert.deepEqual(writeLockHolders(join(dir, "data", "carryout.db")), [process.pid]);
    }
    database.exec("ROLLBACK");
    assert.notEqual(await inserted, null);
    assert.deepEqual(writeLockHolders(join(dir, "data", "carryout.db")), []);
    database.close();
  });
}
