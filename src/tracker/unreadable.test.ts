import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { encodeDownload } from "../download/codec.ts";
import { keyOf } from "../download/key.ts";
import { defineGenerator } from "../generator/generator.ts";
import { sampleDownload } from "../ports/contracts/sample-downloads.ts";
import { type Log, silentLog } from "../telemetry/log.ts";
import { memoryCluster, until } from "./memory-cluster.testing.ts";

const file = { name: "hello.txt", type: "text/plain" };
const hello = defineGenerator({
  kind: "hello",
  isolation: "inline",
  file,
  run: ({ write }) => write("hello"),
});

describe("unreadable records", () => {
  it("are reported once, and do not affect others: on a running node and on one that starts", async () => {
    const cluster = memoryCluster([hello]);
    after(() => cluster.close());
    const told: unknown[] = [];
    const log: Log = { ...silentLog, error: (fields) => told.push(fields) };
    const a = await cluster.node("a", { log });
    const planted = keyOf({ user: "eve", slot: "default" });
    cluster.repo.plant("slots", planted, "{}");
    cluster.repo.plant("slots", keyOf({ user: "ann", slot: "other" }), encodeDownload(sampleDownload("bob")));
    await a.start({ user: "ann", kind: "hello" });
    await until(a, "ann", ({ download }) => download.state === "ready");
    assert.deepEqual(told, [
      { key: planted, reason: "its id is missing or wrong" },
      { key: keyOf({ user: "ann", slot: "other" }), reason: "it belongs to another key" },
    ]);
    assert.equal((await a.list("ann")).length, 1);
    assert.equal(a.trouble(), null);

    const b = await cluster.node("b");
    await b.start({ user: "eve", kind: "hello" });
    await until(b, "eve", ({ download }) => download.state === "ready");
    assert.equal((await a.list("eve")).length, 1, "the damaged record was replaced");
    assert.equal(told.length, 2);
  });

  it("of a later version are left alone: only their slots are unavailable here", async () => {
    const cluster = memoryCluster([hello]);
    after(() => cluster.close());
    const a = await cluster.node("a");
    const key = keyOf({ user: "ann", slot: "default" });
    cluster.repo.plant("slots", key, JSON.stringify({ ...sampleDownload("ann"), v: 99 }));
    await assert.rejects(a.start({ user: "ann", kind: "hello" }), { code: "record-too-new" });
    await a.start({ user: "ann", slot: "other", kind: "hello" });
    await until(a, "ann", ({ download }) => download.state === "ready");
    assert.match(cluster.repo.slots.get(key)!.text, /"v":99/);
  });
});
