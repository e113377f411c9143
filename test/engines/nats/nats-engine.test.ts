import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import { systemClock as clock } from "../../../src/clock/system.ts";
import { keyOf } from "../../../src/download/key.ts";
import { readEngineUrl } from "../../../src/engines/engine-url.ts";
import { filesIn, memoryFiles } from "../../../src/engines/files.ts";
import { eventOf, seen, testMember } from "../../../src/ports/contracts/membership-contract.ts";
import { sampleDownload } from "../../../src/ports/contracts/sample-downloads.ts";
import type { Engine, EngineContext } from "../../../src/ports/engine.ts";
import { type Command, nodeIdOf } from "../../../src/ports/membership.ts";
import { type Log, openLog, silentLog } from "../../../src/telemetry/log.ts";
import { NatsServers } from "../../support/nats-servers.ts";
import { eventually } from "../../support/real-cluster.ts";

describe("engine nats", () => {
  let servers: NatsServers;
  let engines: Engine[] = [];

  before(async () => {
    servers = await NatsServers.start();
  });
  after(() => servers.stop());
  afterEach(async () => {
    for (const engine of engines) await engine.close();
    engines = [];
  });

  const open = async (name: string, options: Partial<EngineContext> = {}) => {
    const engine = await readEngineUrl(servers.url(name)).open({
      log: silentLog,
      clock,
      leaseMs: 3_000,
      env: {},
      ...options,
    });
    engines.push(engine);
    return engine;
  };

  test("nodes share records, messages, members and files", async () => {
    const [one, two] = [await open("shared", { node: "n1" }), await open("shared", { node: "n2" })];
    assert.equal(one.name, `nats://${servers.addresses[0]}?name=shared`);
    assert.equal(one.secret, null);
    assert.deepEqual([one.trouble(), two.trouble()], [null, null]);

    const download = sampleDownload("alice");
    await one.repo.slots.insert(download);
    assert.deepEqual((await two.repo.slots.fetch(keyOf(download)))?.download, download);

    await one.files.put("a/part", Buffer.from("bytes"));
    const chunks: Uint8Array[] = [];
    for await (const chunk of two.files.get("a/part")) chunks.push(chunk);
    assert.equal(Buffer.concat(chunks).toString(), "bytes");

    await one.membership.join(testMember("one"));
    const heard = Promise.withResolvers<Command>();
    await two.membership.join(testMember("two"), heard.resolve);
    await seen(one.membership, nodeIdOf(testMember("two")));
    assert.equal(await one.membership.ask(nodeIdOf(testMember("two")), "drain"), true);
    assert.equal(await heard.promise, "drain");
    const left = eventOf(one.membership, "left", nodeIdOf(testMember("two")));
    await two.close();
    assert.equal((await left).certain, true);
  });

  test("clusters with other names are not visible", async () => {
    const [one, other] = [await open("here"), await open("there")];
    const download = sampleDownload("alice");
    await one.repo.slots.insert(download);
    assert.equal(await other.repo.slots.fetch(keyOf(download)), null);
  });

  test("an observer does not create a cluster", async () => {
    await assert.rejects(open("none", { observer: true }), { code: "store-unusable", message: /"none"/ });
    const node = await open("some");
    await node.membership.join(testMember("one"));
    const observer = await open("some", { observer: true });
    await seen(observer.membership, nodeIdOf(testMember("one")));
  });

  test("files can be stored elsewhere", async () => {
    const engine = await open("elsewhere", { openFiles: filesIn(memoryFiles(), { clock, log: silentLog }) });
    await engine.files.put("part", Buffer.from("bytes"));
    const there = await open("elsewhere");
    const keys: string[] = [];
    for await (const { key } of there.files.list("")) keys.push(key);
    assert.deepEqual(keys, []);
  });

  test("reports that it is cut off, and recovers when the server is back", async () => {
    const lines: string[] = [];
    const keep = (_fields: object, message: string) => void lines.push(message);
    const log: Log = { ...silentLog, warn: keep, error: keep, info: keep };
    const engine = await open("cut", { log });
    const download = sampleDownload("alice");
    await engine.repo.slots.insert(download);
    await servers.kill(0);
    const trouble = await eventually("trouble", async () => engine.trouble());
    assert.match(trouble, /disconnected from NATS for \d+ s/);
    await assert.rejects(engine.repo.slots.fetch(keyOf(download)), { code: "unavailable", retriable: true });
    servers.launch(0);
    await eventually("it is well again", async () => engine.trouble() === null);
    await servers.ready();
    assert.deepEqual((await engine.repo.slots.fetch(keyOf(download)))?.download, download);
    assert.ok(lines.includes("disconnected from NATS") && lines.includes("reconnected to NATS"));
    await engine.close();
    assert.equal(engine.trouble(), "the engine is closed");
  });
});

test("the login appears in no output or log", async () => {
  const login = (password: string) =>
    `authorization { users = [{ user: "carry", password: "${password}" }] }`;
  const servers = await NatsServers.start({ config: login("hushhush") });
  const shown: string[] = [];
  const log = openLog({ level: "debug", write: (line) => shown.push(line) });
  const url = `nats://carry:hushhush@${servers.addresses[0]}?name=hidden`;
  await using opened = new AsyncDisposableStack();
  opened.defer(() => servers.stop());
  const engine = opened.adopt(await readEngineUrl(url).open({ clock, leaseMs: 3_000, log, env: {} }), (it) =>
    it.close(),
  );
  shown.push(engine.name);
  await servers.kill(0);
  await servers.configure(0, login("changed"));
  servers.launch(0);
  await eventually("it is refused", async () => shown.some((line) => line.includes("Authorization")));
  shown.push(engine.trouble() ?? "");
  const refused = await readEngineUrl(url)
    .open({ clock, leaseMs: 3_000, log, env: {} })
    .catch((error) => error);
  shown.push(refused.message, JSON.stringify(refused.details), String(refused.stack));
  assert.ok(shown.length > 5);
  for (const text of shown) assert.doesNotMatch(text, /hushhush/);
});
