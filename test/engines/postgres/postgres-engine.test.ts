import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import { systemClock as clock } from "../../../src/clock/system.ts";
import { keyOf } from "../../../src/download/key.ts";
import { readEngineUrl } from "../../../src/engines/engine-url.ts";
import { filesIn, memoryFiles } from "../../../src/engines/files.ts";
import { examinePostgres } from "../../../src/engines/postgres/postgres-findings.ts";
import { postgresTarget } from "../../../src/engines/postgres/postgres-login.ts";
import { readPostgresUrl } from "../../../src/engines/postgres/postgres-url.ts";
import { channelOf } from "../../../src/engines/postgres/schema/names.ts";
import { reachServer } from "../../../src/engines/postgres/session/postgres-server.ts";
import { eventOf, seen, testMember } from "../../../src/ports/contracts/membership-contract.ts";
import { sampleDownload } from "../../../src/ports/contracts/sample-downloads.ts";
import { Watching } from "../../../src/ports/contracts/slots-watch-contract.ts";
import type { Engine, EngineContext } from "../../../src/ports/engine.ts";
import { type Command, nodeIdOf } from "../../../src/ports/membership.ts";
import { openLog, silentLog } from "../../../src/telemetry/log.ts";
import { PostgresServer, withoutPostgres } from "../../support/postgres.testing.ts";
import { eventually } from "../../support/real-cluster.ts";

const context = { log: silentLog, clock, leaseMs: 3_000, env: {} };
const openFiles = filesIn(memoryFiles(), { clock, log: silentLog });

describe("engine postgres", { skip: withoutPostgres }, () => {
  let server: PostgresServer;
  let engines: Engine[] = [];

  before(async () => {
    server = await PostgresServer.start();
  });
  after(() => server?.stop());
  afterEach(async () => {
    for (const engine of engines) await engine.close();
    engines = [];
  });

  const openAt = async (url: string, options: Partial<EngineContext> = {}) => {
    const engine = await readEngineUrl(url).open({ ...context, openFiles, ...options });
    engines.push(engine);
    return engine;
  };
  const open = (schema: string, options: Partial<EngineContext> = {}) =>
    openAt(`${server.url}?schema=${schema}`, options);

  test("nodes share records, messages and members", async () => {
    const [one, two] = [await open("shared", { node: "n1" }), await open("shared", { node: "n2" })];
    assert.equal(one.name, `postgres://127.0.0.1:${server.port}/postgres?schema=shared`);
    assert.equal(one.secret, null);
    assert.deepEqual([one.trouble(), two.trouble()], [null, null]);

    const download = sampleDownload("alice");
    await one.repo.slots.insert(download);
    assert.deepEqual((await two.repo.slots.fetch(keyOf(download)))?.download, download);

    await one.membership.join(testMember("one"));
    const heard = Promise.withResolvers<Command>();
    await two.membership.join(testMember("two"), heard.resolve);
    await seen(one.membership, nodeIdOf(testMember("two")));
    assert.equal(await one.membership.ask(nodeIdOf(testMember("two")), "drain"), true);
    assert.equal(await heard.promise, "drain");
    const left = eventOf(one.membership, "left", nodeIdOf(testMember("two")));
    await two.close();
    assert.equal((await left).certain, true);
    const names = await server.query<{ name: string }>(
      "SELECT application_name AS name FROM pg_stat_activity WHERE application_name LIKE 'carryout n1 %'",
    );
    assert.ok(names.length > 0, "operators see whose connections they are");
  });

  test("nodes that have joined tell each other of changes, and the server no longer has to", async () => {
    const [one, two] = [await open("linked"), await open("linked")];
    await one.membership.join(testMember("one"));
    await two.membership.join(testMember("two"));
    await using opened = new AsyncDisposableStack();
    const client = opened.adopt(await server.client(), (it) => it.end());
    const channel = channelOf("linked", "slots");
    const heard: (string | undefined)[] = [];
    client.on("notification", ({ payload }) => heard.push(payload));
    await client.query(`LISTEN "${channel}"`);
    const watching = new Watching(two.repo.slots);
    await eventually("nothing is notified", async () => {
      heard.length = 0;
      const download = sampleDownload(`user-${watching.records.size}`);
      await one.repo.slots.insert(download);
      await watching.until(({ records }) => records.has(keyOf(download)));
      await client.query("SELECT pg_notify($1, 'end')", [channel]);
      await eventually("the end", async () => heard.includes("end"));
      return heard.length === 1;
    });
  });

  test("clusters in other schemas of the same database are not visible", async () => {
    const [one, other] = [await open("here"), await open("there")];
    const download = sampleDownload("alice");
    await one.repo.slots.insert(download);
    assert.equal(await other.repo.slots.fetch(keyOf(download)), null);
  });

  test("an observer does not create a cluster", async () => {
    await assert.rejects(open("none", { observer: true }), { code: "store-unusable", message: /none/ });
    const node = await open("some");
    await node.membership.join(testMember("one"));
    const observer = await open("some", { observer: true });
    await seen(observer.membership, nodeIdOf(testMember("one")));
  });

  test("a role with nothing but a schema of its own is enough, and one without is told what it needs", async () => {
    const url = (database: string, role: string) =>
      `postgres://${role}@127.0.0.1:${server.port}/${database}?schema=exports`;
    await server.query("CREATE ROLE plain LOGIN");
    await server.query("CREATE DATABASE app");
    await using opened = new AsyncDisposableStack();
    const app = opened.adopt(await server.client("app"), (client) => client.end());
    await assert.rejects(openAt(url("app", "plain")), {
      code: "store-unusable",
      message: /plain may not create .* GRANT CREATE ON DATABASE "app" TO "plain"/,
    });
    await app.query("CREATE SCHEMA exports AUTHORIZATION plain");
    const engine = await openAt(url("app", "plain"));
    await engine.membership.join(testMember("one"));
    await engine.repo.slots.insert(sampleDownload("alice"));
    const findings = await engine.examine!();
    assert.deepEqual(
      findings.filter(({ verdict }) => verdict !== "ok"),
      [],
    );
    assert.match(findings.find(({ check }) => check === "transactions")!.found, /pg_read_all_stats/);
  });

  test("the doctor is told what the server is like, and when connections run out", async () => {
    const engine = await open("examined");
    const findings = await engine.examine!();
    const found = new Map(findings.map(({ check, found }) => [check, found]));
    assert.deepEqual(
      [...found.keys()],
      ["postgresql", "latency", "pooling", "durability", "transactions", "connections"],
    );
    assert.match(found.get("postgresql")!, /^version \d+.*, as role carryout, a superuser$/);
    assert.match(found.get("latency")!, /^\d+\.\d ms/);
    assert.match(found.get("connections")!, /^\d+ of 97 free; a node uses \d$/);
    await server.query("ALTER ROLE carryout CONNECTION LIMIT 9");
    const few = (await engine.examine!()).find(({ check }) => check === "connections")!;
    await server.query("ALTER ROLE carryout CONNECTION LIMIT -1");
    assert.equal(few.verdict, "warn");
    assert.match(few.found, /^-?\d of 9 free; a node uses \d$/);
  });

  test("the doctor is told of the oldest transaction, and whose it is", async () => {
    const target = postgresTarget(readPostgresUrl(server.url), {});
    const reached = await reachServer({ target, node: "n1", clock, log: silentLog });
    await using opened = new AsyncDisposableStack();
    const client = opened.adopt(await server.client(), (it) => it.end());
    await client.query("BEGIN");
    const [row] = (await client.query<{ pid: number }>("SELECT pg_backend_pid() AS pid")).rows;
    const findings = await examinePostgres(reached, { oldTransactionMs: 0 });
    const { verdict, found } = findings.find(({ check }) => check === "transactions")!;
    assert.equal(verdict, "warn");
    assert.match(found, new RegExp(`the oldest for \\d+ s: carryout in postgres, pid ${row!.pid}$`));
  });

  test("reports that it is cut off, and recovers when the server is back", async () => {
    const lines: string[] = [];
    const keep = (_fields: object, message: string) => void lines.push(message);
    const engine = await open("cut", { log: { ...silentLog, warn: keep, error: keep, info: keep } });
    const download = sampleDownload("alice");
    await engine.repo.slots.insert(download);
    await server.kill();
    const trouble = await eventually("trouble", async () => engine.trouble());
    assert.match(trouble, /disconnected from PostgreSQL for \d+ s/);
    await assert.rejects(engine.repo.slots.fetch(keyOf(download)), { code: "unavailable", retriable: true });
    await server.launch();
    await eventually("it is well again", async () => engine.trouble() === null);
    assert.deepEqual((await engine.repo.slots.fetch(keyOf(download)))?.download, download);
    assert.ok(lines.includes("disconnected from PostgreSQL") && lines.includes("reconnected to PostgreSQL"));
    await engine.close();
    assert.equal(engine.trouble(), "the engine is closed");
  });

  test("the password appears in no output or log", async () => {
    await server.query("CREATE ROLE hidden LOGIN SUPERUSER PASSWORD 'hushhush'");
    const shown: string[] = [];
    const log = openLog({ level: "debug", write: (line) => shown.push(line) });
    const url = `postgres://hidden:hushhush@127.0.0.1:${server.port}/postgres?schema=hidden`;
    const engine = await openAt(url, { log });
    shown.push(engine.name, JSON.stringify(await engine.examine!()));
    const nowhere = `postgres://hidden:hushhush@127.0.0.1:${server.port}/nowhere`;
    const refused = await openAt(nowhere, { log }).catch((error) => error);
    assert.equal(refused.code, "store-unusable");
    shown.push(refused.message, JSON.stringify(refused.details), String(refused.stack));
    for (const text of shown) assert.doesNotMatch(text, /hushhush/);
  });
});
