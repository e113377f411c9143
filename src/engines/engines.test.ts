import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock as clock } from "../clock/system.ts";
import { silentLog } from "../telemetry/log.ts";
import { memory, nats, postgres, sqlite } from "./engines.ts";

test("nats() with options equals the engine of the same URL", () => {
  const servers = ["h1", "h2:4333"];
  assert.equal(nats({ servers }).name, "nats://h1:4222,h2:4333");
  const { name, spansMachines, persists, dir } = nats({
    servers,
    tls: "first",
    login: { user: "carry", password: "p@ss/w" },
    name: "team-1",
    replicas: 3,
    files: "1.5TiB",
  });
  assert.equal(name, "tls://h1:4222,h2:4333?name=team-1&replicas=3&files=1.5TiB&tls=first");
  assert.deepEqual([spansMachines, persists, dir], [true, true, undefined]);
});

test("postgres() with options equals the engine of the same URL", () => {
  const engine = postgres({
    servers: ["h1", "[::1]:5433"],
    database: "my app",
    login: { user: "carry", password: "p@ss/w" },
    schema: "exports",
    sslmode: "verify-full",
    lifeline: "off",
  });
  assert.equal(
    engine.name,
    "postgres://h1:5432,[::1]:5433/my%20app?schema=exports&sslmode=verify-full&lifeline=off",
  );
  assert.deepEqual([engine.spansMachines, engine.persists, engine.dir], [true, true, undefined]);
});

test("PostgreSQL needs a store of files", async () => {
  const engine = postgres({ servers: ["h1"], database: "app", login: { user: "carry" } });
  await assert.rejects(engine.open({ clock, leaseMs: 3_000, log: silentLog }), {
    code: "invalid-config",
    message: /PostgreSQL keeps no files: .*--files disk:DIR/,
  });
});

test("invalid options are refused at once, without revealing secrets", () => {
  const login = { token: "hush@hush" };
  const invalid = (message: RegExp) => ({ code: "invalid-config", message });
  assert.throws(() => nats({ servers: [], login }), invalid(/^(?!.*hush).*a server is empty/));
  assert.throws(() => nats({ servers: ["h1"], streams: 1_000 }), invalid(/streams/));
  const database = "app";
  const hidden = { user: "hush", password: "hush@hush" };
  assert.throws(
    () => postgres({ servers: [], database, login: hidden }),
    invalid(/^(?!.*hush).*a server is empty/),
  );
  assert.throws(() => postgres({ servers: ["h1"], database, schema: "A" }), invalid(/schema must be/));
  assert.throws(() => sqlite({ dir: "" }), invalid(/dir must be a folder, not ""/));
});

test("nodes with the same memory engine share it, and nodes with another one do not", async () => {
  const context = { clock, leaseMs: 3_000, log: silentLog };
  const shared = memory();
  await using opened = new AsyncDisposableStack();
  const open = async (engine: typeof shared) => opened.adopt(await engine.open(context), (it) => it.close());
  const [one, two, stranger] = [await open(shared), await open(shared), await open(memory())];
  await one.files.put("part", Buffer.from("bytes"));
  const keysOf = async ({ files }: typeof one) => {
    const keys: string[] = [];
    for await (const { key } of files.list("")) keys.push(key);
    return keys;
  };
  assert.deepEqual([await keysOf(two), await keysOf(stranger)], [["part"], []]);
  assert.equal(one.secret, two.secret);
});
