import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { keyOf } from "../../../src/download/key.ts";
import type { PostgresRepo } from "../../../src/engines/postgres/records/postgres-repo.ts";
import { atProgress, sampleDownload } from "../../../src/ports/contracts/sample-downloads.ts";
import { Watching } from "../../../src/ports/contracts/slots-watch-contract.ts";
import { PostgresServer, withoutPostgres } from "../../support/postgres.testing.ts";
import { PostgresRepos } from "../../support/postgres-repos.ts";
import { eventually } from "../../support/real-cluster.ts";
import { RecordWriters } from "../../support/record-writers.ts";

const USERS = ["ann", "bob", "cy", "dan", "eve", "fay"];

describe("failures of PostgreSQL under a repo", { skip: withoutPostgres }, () => {
  let server: PostgresServer;
  let repos: PostgresRepos;
  let one: PostgresRepo;
  let two: PostgresRepo;
  let watchings: Watching[];
  let writers: RecordWriters;

  before(async () => {
    server = await PostgresServer.start({ settings: { fsync: "on" } });
  });
  after(() => server.stop());

  beforeEach(async () => {
    repos = await PostgresRepos.make(server);
    [one, two] = await Promise.all([repos.open(), repos.open()]);
    watchings = [new Watching(one.slots), new Watching(two.slots)];
    await Promise.all(watchings.map((watching) => watching.synced()));
    writers = new RecordWriters([one.slots, two.slots], USERS);
    await writers.more(10);
  });
  afterEach(async () => {
    await writers.stop();
    await repos.dispose();
  });

  async function allIsTrue(): Promise<void> {
    await writers.stop();
    await writers.check((await repos.open()).slots, watchings);
  }

  async function pidsOf(purpose: string): Promise<number[]> {
    const like = `carryout % ${purpose}`;
    const rows = await server.query<{ pid: number }>(
      "SELECT pid FROM pg_stat_activity WHERE application_name LIKE $1",
      [like],
    );
    return rows.map(({ pid }) => pid);
  }

  test("connections that an operator ends, again and again", async () => {
    for (let round = 0; round < 12; round += 1) {
      const purpose = ["slots", "feed", "reads"][round % 3]!;
      for (const pid of await pidsOf(purpose)) await server.query("SELECT pg_terminate_backend($1)", [pid]);
      await writers.more(2);
    }
    await allIsTrue();
  });

  test("kill -9 of one of the server's processes, which ends all connections", async () => {
    const [pid] = await pidsOf("slots");
    process.kill(pid!, "SIGKILL");
    await writers.more(20);
    await allIsTrue();
  });

  test("kill -9 of the whole server", async () => {
    await server.kill();
    await server.launch();
    await writers.more(20);
    await allIsTrue();
  });

  test("a server that hangs, and wakes up", async () => {
    server.pause();
    await eventually("the nodes notice", async () => one.trouble() !== null && two.trouble() !== null);
    server.resume();
    await writers.more(20);
    await allIsTrue();
    assert.equal(one.trouble(), null);
  });

  test("while the server is away, calls fail in seconds, watchers wait, and nothing acknowledged is lost", async () => {
    await server.kill();
    const unavailable = { code: "unavailable" };
    await Promise.all([
      assert.rejects(one.slots.insert(sampleDownload("too-late")), unavailable),
      assert.rejects(two.slots.fetch("dXNlcg.default"), unavailable),
      assert.rejects(two.work.remove("dXNlcg.x"), unavailable),
      assert.rejects(two.history.list("user", { limit: 1 }), unavailable),
    ]);
    assert.match(one.trouble()!, /disconnected from PostgreSQL/);
    const [waiting, stopped, closed] = [
      new Watching(one.slots),
      new Watching(one.slots),
      new Watching(two.slots),
    ];
    stopped.stop();
    await stopped.ended;
    assert.deepEqual(
      waiting.events.map(({ type }) => type),
      ["begin"],
    );
    await server.launch();
    await waiting.synced();
    await writers.more(10);
    watchings.push(waiting);
    await allIsTrue();
    await eventually("the trouble is over", async () => one.trouble() === null);
    await two.close();
    await closed.ended;
  });

  test("a write whose connection is lost while it waits for a lock is applied once", async () => {
    const download = sampleDownload("locked");
    const version = (await one.slots.insert(download))!;
    const client = await server.client();
    await client.query("BEGIN");
    await client.query(`SELECT FROM ${repos.schema}.slot WHERE key = $1 FOR UPDATE`, [keyOf(download)]);
    const updating = one.slots.update(atProgress(download, 1), version);
    await eventually("its statement was left and sent again", async () => {
      return (server.log().match(/connection to client lost/g)?.length ?? 0) > 0;
    });
    await client.query("COMMIT");
    await client.end();
    const updated = await updating;
    assert.ok(updated !== null && updated > version);
    assert.equal((await two.slots.fetch(keyOf(download)))?.version, updated);
    await allIsTrue();
  });

  test("two nodes that write the same records in opposite orders never wait for a deadlock to be found", async () => {
    const deadlocks = async () => {
      const text = "SELECT sum(deadlocks)::int AS sum FROM pg_stat_database";
      return (await server.query<{ sum: number }>(text))[0]!.sum;
    };
    const before = await deadlocks();
    const users = Array.from({ length: 100 }, (_, index) => `many-${index}`);
    const versions = new Map<string, number>();
    for (const user of users) versions.set(user, (await one.slots.insert(sampleDownload(user)))!);
    for (let round = 0; round < 20; round += 1) {
      const tries = [one, two].map(async (repo, index) => {
        const order = index === 0 ? users : users.toReversed();
        return await Promise.all(
          order.map(async (user) => ({
            user,
            version: await repo.slots.update(atProgress(sampleDownload(user), round), versions.get(user)!),
          })),
        );
      });
      const winners = (await Promise.all(tries)).flat().filter(({ version }) => version !== null);
      assert.equal(winners.length, users.length);
      for (const { user, version } of winners) versions.set(user, version!);
    }
    assert.equal(await deadlocks(), before);
  });
});
