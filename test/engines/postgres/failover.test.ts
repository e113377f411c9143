import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { systemClock } from "../../../src/clock/system.ts";
import { keyOf } from "../../../src/download/key.ts";
import { examinePostgres } from "../../../src/engines/postgres/postgres-findings.ts";
import type { PostgresRepo } from "../../../src/engines/postgres/records/postgres-repo.ts";
import { reachServer } from "../../../src/engines/postgres/session/postgres-server.ts";
import {
  atProgress,
  sampleDownload,
  sampleMark,
  sampleSaved,
} from "../../../src/ports/contracts/sample-downloads.ts";
import { Watching } from "../../../src/ports/contracts/slots-watch-contract.ts";
import { silentLog } from "../../../src/telemetry/log.ts";
import { PostgresServer, withoutPostgres } from "../../support/postgres.testing.ts";
import { PostgresRepos } from "../../support/postgres-repos.ts";
import { eventually } from "../../support/real-cluster.ts";
import { RecordWriters } from "../../support/record-writers.ts";

const USERS = ["ann", "bob", "cy", "dan"];
const WRITES = 60;
/** Of the sequence. */
const sequenceOf = (version: number) => version % 2 ** 41;

describe("a standby that takes over", { skip: withoutPostgres }, () => {
  let primary: PostgresServer;
  let standby: PostgresServer;
  let repos: PostgresRepos;
  let one: PostgresRepo;
  let two: PostgresRepo;
  let watchings: Watching[];

  beforeEach(async () => {
    primary = await PostgresServer.start();
    standby = await primary.standby();
    repos = await PostgresRepos.make(primary, { ports: [primary.port, standby.port] });
    [one, two] = await Promise.all([repos.open(), repos.open()]);
    watchings = [new Watching(one.slots), new Watching(two.slots)];
    await Promise.all(watchings.map((watching) => watching.synced()));
  });
  afterEach(async () => {
    await repos?.close();
    await primary?.stop();
    await standby?.stop();
  });

  test("the doctor is told whether a failover would lose what was acknowledged", async () => {
    const durability = async () => {
      const findings = await examinePostgres(repos.reached);
      return findings.find(({ check }) => check === "durability")!;
    };
    const { verdict, found } = await durability();
    assert.deepEqual([verdict, found], ["warn", "1 standby, none of them synchronous"]);
    await primary.synchronize();
    assert.deepEqual(await durability(), {
      check: "durability",
      verdict: "ok",
      found: "synchronous standbys: *",
    });
  });

  test("synchronous: after kill -9 of the primary, nothing acknowledged is lost", async () => {
    await primary.synchronize();
    const writers = new RecordWriters([one.slots, two.slots], USERS);
    await writers.more(20);
    await primary.kill();
    await standby.promote();
    await writers.more(20);
    await writers.stop();
    await writers.check((await repos.open()).slots, watchings);
    assert.equal(repos.reached.timelines.highest()?.timeline, 2);
  });

  test("a frozen primary that wakes up as a second one is not used again, and a new node does not go to it", async () => {
    await primary.synchronize();
    const writers = new RecordWriters([one.slots, two.slots], USERS);
    await writers.more(20);
    primary.pause();
    await standby.promote();
    await writers.more(20);
    primary.resume();
    await writers.more(20);
    await writers.stop();
    await writers.check((await repos.open()).slots, watchings);
    const { target } = repos.reached;
    const reached = await reachServer({ target, node: "new", clock: systemClock, log: silentLog });
    assert.equal(reached.timelines.highest()?.timeline, 2);
    const session = await reached.session("test");
    assert.match(session.connection!.host, new RegExp(`:${standby.port}$`));
    await session.close();
  });

  test("synchronous without its standby: writes are unavailable, take no more connections, and then go on", async () => {
    await primary.synchronize();
    const writers = new RecordWriters([one.slots, two.slots], USERS);
    await writers.more(5);
    await standby.kill();
    await eventually("writes are given up", async () => writers.unavailable >= 8, 60_000);
    assert.match(one.trouble()!, /has not confirmed a write|disconnected/);
    const open = await primary.query("SELECT FROM pg_stat_activity WHERE application_name LIKE 'carryout %'");
    assert.ok(open.length < 30, `${open.length} connections`);
    await primary.query("ALTER SYSTEM SET synchronous_standby_names = ''");
    await primary.query("SELECT pg_reload_conf()");
    await writers.more(10);
    await writers.stop();
    await writers.check((await repos.open()).slots, watchings);
    await eventually("the trouble is over", async () => one.trouble() === null);
  });

  test("asynchronous: what was lost is gone for all, no lost version is accepted, and nothing is stuck", async () => {
    const download = sampleDownload("lost");
    const key = keyOf(download);
    const kept = (await one.slots.insert(download))!;
    const otherKey = "YW5u.other";
    const mark = (await one.work.advance(otherKey, sampleMark(1), null))!;
    const saved = (await one.work.save(otherKey, sampleSaved(1), null))!;
    await standby.detach(primary);
    // The primary goes on acknowledging: more writes than values of the sequence that the standby knows to be taken.
    const rewritten = async (from: number) => {
      const versions = [from];
      for (let done = 0; done < WRITES; done += 1) {
        const next = await one.slots.update(atProgress(download, done), versions.at(-1)!);
        assert.ok(next !== null);
        versions.push(next);
      }
      return versions.slice(1);
    };
    const lost = await rewritten(kept);
    const lostMark = (await one.work.advance(otherKey, sampleMark(9), mark))!;
    const lostSaved = (await one.work.save(otherKey, sampleSaved(9), saved))!;
    for (const watching of watchings)
      await watching.until(({ records }) => records.get(key)?.version === lost.at(-1));
    await primary.kill();
    await standby.promote();

    const renewed = await eventually("the record is renewed", async () => {
      const stored = await two.slots.fetch(key);
      return stored !== null && stored.version > lost.at(-1)! && stored;
    });
    assert.deepEqual(renewed.download, download);
    const work = await eventually("the work is renewed", async () => {
      const stored = await two.work.fetch(otherKey);
      return stored.mark!.version > lostMark && stored.saved!.version > lostSaved && stored;
    });
    assert.deepEqual([work.mark!.value, work.saved!.value], [sampleMark(1), sampleSaved(1)]);
    const again = await rewritten(renewed.version);
    const values = new Set(again.map(sequenceOf));
    assert.ok(
      lost.map(sequenceOf).some((value) => values.has(value)),
      "the sequence gives lost values again",
    );
    for (const version of [kept, ...lost])
      assert.equal(await one.slots.update(atProgress(download, 51), version), null, "but no version");
    for (const watching of watchings)
      await watching.until(({ records }) => records.get(key)?.version === again.at(-1));
    // Those from before have seen what was lost, and rightly went back.
    const after = [new Watching(one.slots), new Watching(two.slots)];
    const writers = new RecordWriters([one.slots, two.slots], USERS);
    await writers.more(10);
    await writers.stop();
    await writers.check((await repos.open()).slots, after);
  });
});
