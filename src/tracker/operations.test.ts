import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { silentLog } from "../telemetry/log.ts";
import type { Carryout } from "./carryout.ts";
import { gated } from "./gated-generator.testing.ts";
import { type MemoryCluster, memoryCluster, until } from "./memory-cluster.testing.ts";
import type { ClusterEvent, DownloadSearch } from "./status.ts";

describe("operators", () => {
  let gate: ReturnType<typeof gated>;
  let other: ReturnType<typeof gated>;
  let cluster: MemoryCluster;
  let node: Carryout;

  beforeEach(async () => {
    gate = gated();
    other = gated("other");
    cluster = memoryCluster([gate.generator, other.generator]);
    node = await cluster.node("n1", { capacity: 2 });
  });
  afterEach(() => cluster.close());

  async function start(user: string, kind: string, slot = "default"): Promise<string> {
    return (await node.start({ user, kind, slot })).status.download.id;
  }

  async function found(search: Omit<DownloadSearch, "limit">, limit = 3): Promise<string[]> {
    const ids: string[] = [];
    for (let after: string | undefined; ; ) {
      const page = await node.operations.find({ ...search, limit, after });
      assert.ok(page.found.length <= limit);
      ids.push(...page.found.map(({ download }) => download.id));
      if (page.next === null) return ids;
      after = page.next;
    }
  }

  it("find unfinished and finished downloads of all users, by id, user, kind and state", async () => {
    gate.pass(4);
    const ready = await start("ann", "gated");
    await until(node, "ann", ({ download }) => download.state === "ready");
    const running = [await start("ann", "other"), await start("bob", "other")];
    const waiting = [await start("cid", "other"), await start("dan", "other"), await start("eve", "other")];
    const all = [...running, ...waiting, ready];
    assert.deepEqual((await found({})).sort(), all.toSorted());
    assert.deepEqual((await found({ kind: "other" })).sort(), [...running, ...waiting].sort());
    assert.deepEqual((await found({ state: "processing" })).sort(), running.toSorted());
    assert.deepEqual((await found({ state: "pending" })).sort(), waiting.toSorted());
    assert.deepEqual(await found({ state: "ready" }), [ready]);
    assert.deepEqual(await found({ state: "error" }), []);
    assert.deepEqual((await found({ user: "ann" }, 1)).sort(), [running[0]!, ready].sort());
    assert.deepEqual(await found({ id: ready }), [ready]);
    assert.deepEqual(await found({ id: waiting[0]!.slice(0, 8) }), [waiting[0]]);
    assert.deepEqual(await found({ id: ready, user: "bob" }), []);
    await assert.rejects(node.operations.find({ after: "x1", limit: 1 }), { code: "invalid-request" });
  });

  it("read the story of a download that moved, with its checkpoints, from any node", async () => {
    const id = await start("ann", "gated");
    gate.pass(2);
    await cluster.saved({ user: "ann", id }, 2);
    const second = await cluster.node("n2");
    cluster.crash(node);
    gate.pass(10);
    await until(second, "ann", ({ download }) => download.state === "ready");
    const { status, checkpoints, savedBytes } =
      (await second.operations.story(id)) ?? assert.fail("it exists");
    const { events } = status.download.story;
    assert.deepEqual(
      events.map(({ type, node: by, from }) => [type, by?.split("/")[0], from?.split("/")[0]]),
      [
        ["requested", undefined, undefined],
        ["claimed", "n1", undefined],
        ["claimed", "n2", "n1"],
        ["ready", "n2", undefined],
      ],
    );
    assert.ok(checkpoints.count >= 2 && checkpoints.at !== null, JSON.stringify(checkpoints));
    assert.equal(savedBytes, null);
    assert.equal(await second.operations.story("unknown-id"), null);
  });

  it("see the checkpoints of a download that runs", async () => {
    const id = await start("ann", "gated");
    gate.pass(3);
    await cluster.saved({ user: "ann", id }, 3);
    const story = (await node.operations.story(id)) ?? assert.fail("it exists");
    assert.equal(story.checkpoints.count, 3);
    assert.ok((story.savedBytes ?? 0) > 0);
  });

  it("cancel what is unfinished, and nothing else", async () => {
    gate.pass(4);
    const ready = await start("ann", "gated");
    await until(node, "ann", ({ download }) => download.state === "ready");
    const running = await start("bob", "other");
    assert.equal(await node.operations.cancel(running), "cancelled");
    assert.equal(await node.operations.cancel(running), "unknown");
    assert.equal(await node.operations.cancel(ready), "finished");
    assert.equal((await node.fetch("ann", ready))?.download.state, "ready");
    await assert.rejects(node.operations.retry(ready), { code: "not-failed" });
    assert.equal(await node.operations.retry("unknown-id"), null);
  });

  it("watch the whole cluster: once as it is, then what changed", async () => {
    const id = await start("ann", "gated");
    const stop = new AbortController();
    const events: ClusterEvent[] = [];
    const seen = async (isIt: (event: ClusterEvent) => boolean) => {
      for await (const event of node.operations.watch(stop.signal)) {
        events.push(event);
        if (isIt(event)) break;
      }
    };
    const isRemoved = (event: ClusterEvent) => event.type === "changes" && event.removed.includes(id);
    const watching = seen(isRemoved);
    while (events.length === 0) await new Promise((resolve) => setImmediate(resolve));
    gate.pass(4);
    await watching;
    const [snapshot] = events;
    assert.equal(snapshot?.type, "snapshot");
    assert.deepEqual(
      snapshot.downloads.map((download) => [download.id, download.state]),
      [[id, "processing"]],
    );
    assert.deepEqual(Object.keys(snapshot.nodes[0]?.kinds ?? {}).sort(), ["gated", "other"]);
    stop.abort();
  });

  it("see in the log which node joined, with its version and kinds", async () => {
    const lines: [message: string, fields: Record<string, unknown>][] = [];
    const info = (fields: Record<string, unknown>, message: string) => void lines.push([message, fields]);
    const { name } = await cluster.node("new", { log: { ...silentLog, info } });
    const [[message, fields] = []] = lines;
    assert.equal(message, "node joined");
    assert.match(String(fields?.node), new RegExp(`^${name}/`));
    assert.deepEqual([fields?.version, fields?.capacity, fields?.kinds], ["test", 2, ["gated", "other"]]);
  });

  it("see what a node did in this minute", async () => {
    gate.pass(4);
    await start("ann", "gated");
    await until(node, "ann", ({ download }) => download.state === "ready");
    const points = node.operations.activity();
    const sum = (of: "ready" | "failed") => points.reduce((total, point) => total + point[of], 0);
    assert.deepEqual([sum("ready"), sum("failed")], [1, 0]);
    assert.equal(Math.max(...points.map(({ running }) => running)), 1);
    assert.equal(
      points.flatMap(({ waits }) => waits).reduce((total, count) => total + count, 0),
      1,
    );
  });
});
