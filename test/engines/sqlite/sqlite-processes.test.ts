/** Starts itself as more processes: with an argument it is one of those, without one it is the tests. */

import assert from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { systemClock } from "../../../src/clock/system.ts";
import { keyOf } from "../../../src/download/key.ts";
import { openSqliteRepo } from "../../../src/engines/sqlite/sqlite-repo.ts";
import { atProgress, sampleDownload } from "../../../src/ports/contracts/sample-downloads.ts";
import { Watching } from "../../../src/ports/contracts/slots-watch-contract.ts";
import type { Repo } from "../../../src/ports/repo.ts";

const RACE_USERS = 150;
const INCREMENTS = 40;

/** The tasks of the additional processes. */
const ROLES = {
  /** Opens on command, so that all open at once. Reports which inserts it won. */
  async race(path: string): Promise<void> {
    await told("go");
    const repo = await openSqliteRepo({ path, clock: systemClock });
    const won: string[] = [];
    const insert = async (user: string) => {
      if ((await repo.slots.insert(sampleDownload(user, { id: `${process.pid}` }))) !== null) won.push(user);
    };
    await Promise.all(Array.from({ length: RACE_USERS }, (_, index) => insert(`user-${index}`)));
    for (let done = 0; done < INCREMENTS; ) {
      const stored = (await repo.slots.fetch(keyOf(sampleDownload("user-0"))))!;
      const next = atProgress(stored.download, stored.download.progress.done + 1);
      if ((await repo.slots.update(next, stored.version)) !== null) done += 1;
    }
    await repo.close();
    process.send!({ won });
    process.disconnect();
  },

  /** Writes until it is killed, and reports each acknowledged write. */
  async flood(path: string): Promise<void> {
    const repo = await openSqliteRepo({ path, clock: systemClock });
    const write = async (caller: number) => {
      for (let count = 0; ; count += 1) {
        const download = sampleDownload(`${process.pid}-${caller}-${count}`);
        const inserted = (await repo.slots.insert(download))!;
        const version = await repo.slots.update(atProgress(download, count), inserted);
        process.send!({ user: download.user, version });
      }
    };
    await Promise.all(Array.from({ length: 16 }, (_, caller) => write(caller)));
  },

  /** Inserts a record and removes another, on command. */
  async change(path: string): Promise<void> {
    const repo = await openSqliteRepo({ path, clock: systemClock });
    await told("go");
    const [old] = await repo.slots.list("old");
    await repo.slots.insert(sampleDownload("new"));
    await repo.slots.remove(old!.key, old!.version);
    await repo.close();
    process.disconnect();
  },
};

const [role, path] = process.argv.slice(2);
if (role !== undefined && Object.hasOwn(ROLES, role)) await ROLES[role as keyof typeof ROLES](path!);
else registerTests();

function registerTests(): void {
  describe("several processes on one file", () => {
    let folder: string;
    let path: string;
    let children: ChildProcess[];

    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), "carryout-processes-"));
      path = join(folder, "fresh", "carryout.db");
      children = [];
    });
    afterEach(async () => {
      await Promise.all(children.map(kill));
      await rm(folder, { recursive: true });
    });

    test("open a new folder at once, and each insert and update has one winner", async () => {
      const racers = [start("race"), start("race"), start("race")];
      const results = racers.map(async (racer) => (await once(racer, "message"))[0] as { won: string[] });
      for (const racer of racers) racer.send("go");
      const winners = (await Promise.all(results)).map(({ won }) => won);
      assert.equal(winners.flat().length, RACE_USERS);
      assert.equal(new Set(winners.flat()).size, RACE_USERS);
      const repo = await openSqliteRepo({ path, clock: systemClock });
      for (const [index, racer] of racers.entries()) {
        for (const user of winners[index]!) {
          assert.equal((await repo.slots.list(user))[0]?.download.id, `${racer.pid}`);
        }
      }
      const counter = await repo.slots.fetch(keyOf(sampleDownload("user-0")));
      assert.equal(counter?.download.progress.done, racers.length * INCREMENTS);
      await repo.close();
    });

    test("a kill in the middle of writing leaves an intact file with every acknowledged write", async () => {
      for (let round = 0; round < 3; round += 1) {
        const writers = [start("flood"), start("flood")];
        const acknowledged = (await Promise.all(writers.map((writer) => killAfter(writer, 300)))).flat();
        const repo = await openSqliteRepo({ path, clock: systemClock });
        for (const { user, version } of acknowledged) {
          assert.equal((await repo.slots.list(user))[0]?.version, version);
        }
        await assertComplete(repo);
        await repo.close();
      }
    });

    test("a change by another process arrives without a hint", async () => {
      const repo = await openSqliteRepo({ path, clock: systemClock, pollMs: 5 });
      await repo.slots.insert(sampleDownload("old"));
      const watching = new Watching(repo.slots);
      await watching.synced();
      start("change").send("go");
      const [old, fresh] = [keyOf(sampleDownload("old")), keyOf(sampleDownload("new"))];
      await watching.until(({ records }) => records.has(fresh) && !records.has(old));
      await repo.close();
    });

    function start(role: keyof typeof ROLES): ChildProcess {
      const child = fork(fileURLToPath(import.meta.url), [role, path], { execArgv: [] });
      children.push(child);
      return child;
    }
  });
}

interface Acknowledged {
  user: string;
  version: number;
}

/** Kills the process as soon as it has reported this many writes; returns all that it reported. */
async function killAfter(writer: ChildProcess, count: number): Promise<Acknowledged[]> {
  const acknowledged: Acknowledged[] = [];
  writer.on("message", (message) => {
    acknowledged.push(message as Acknowledged);
    if (acknowledged.length === count) writer.kill("SIGKILL");
  });
  await once(writer, "close");
  assert.ok(acknowledged.length >= count, "it ended by itself");
  return acknowledged;
}

/** Each record is complete and has the version that a watcher sees. */
async function assertComplete(repo: Repo): Promise<void> {
  const watching = new Watching(repo.slots);
  await watching.synced();
  for (const [key, { download, version }] of watching.records) {
    assert.deepEqual(await repo.slots.fetch(key), { key, version, download });
    assert.deepEqual(download, { ...sampleDownload(download.user), ...pickProgress(download) });
  }
  watching.stop();
  await watching.ended;
}

function pickProgress({ state, progress }: ReturnType<typeof sampleDownload>) {
  return { state, progress };
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, "close");
  child.kill("SIGKILL");
  await closed;
}

async function told(word: string): Promise<void> {
  const [message] = await once(process, "message");
  assert.equal(message, word);
}
