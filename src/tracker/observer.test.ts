import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { gated } from "./gated-generator.testing.ts";
import { type MemoryCluster, memoryCluster, textOf, until } from "./memory-cluster.testing.ts";
import type { Observer, ObserverEvent } from "./observer.ts";

describe("an observer", () => {
  let gate: ReturnType<typeof gated>;
  let cluster: MemoryCluster;
  let observer: Observer;

  beforeEach(async () => {
    gate = gated();
    cluster = memoryCluster([gate.generator, gated("other").generator]);
    observer = await cluster.observer();
  });
  afterEach(() => cluster.close());

  it("is not a node: what it requests waits for one", async () => {
    const { status, joined } = await observer.start({ user: "ann", kind: "gated" });
    assert.deepEqual(observer.cluster().nodes, []);
    assert.deepEqual(
      [joined, status.download.state, status.node, status.position],
      [false, "pending", null, 1],
    );
    gate.pass(4);
    const node = await cluster.node("n1");
    const ready = await until(node, "ann", ({ download }) => download.state === "ready");
    await observer.until(() => observer.find(ready.download.id)?.download.file ?? undefined);
    assert.deepEqual(
      observer.cluster().nodes.map(({ name }) => name),
      ["n1"],
    );
    const file = ready.download.file ?? assert.fail("it is ready");
    const chunks: Uint8Array[] = [];
    for await (const chunk of observer.read(file)) chunks.push(chunk);
    assert.equal(Buffer.concat(chunks).toString(), await textOf(node, ready));
  });

  it("makes requests by the usual rules", async () => {
    const first = await observer.start({ user: "ann", kind: "gated" });
    const again = await observer.start({ user: "ann", kind: "gated" });
    assert.deepEqual([again.joined, again.status.download.id], [true, first.status.download.id]);
    const other = observer.start({ user: "ann", kind: "other" });
    await assert.rejects(other, { code: "download-in-progress" });
    await cluster.node("n1", { generators: [gate.generator, gated("elsewhere").generator] });
    await assert.rejects(observer.start({ user: "ann", kind: "elsewhere" }), { code: "unknown-kind" });
  });

  it("sees and removes the downloads of all users, as nodes show them", async () => {
    const node = await cluster.node("n1", { capacity: 1 });
    const { status: ann } = await node.start({ user: "ann", kind: "gated" });
    const { status: bob } = await node.start({ user: "bob", kind: "gated" });
    await observer.until(() => (observer.downloads().length === 2 ? true : undefined));
    await observer.until(() => (observer.find(ann.download.id)?.node ? true : undefined));
    assert.equal(observer.find(bob.download.id)?.position, 1);
    const events: ObserverEvent[] = [];
    observer.listen((event) => events.push(event));
    assert.equal(await observer.remove("bob", ann.download.id), false);
    assert.equal(await observer.remove("bob", bob.download.id), true);
    await observer.until(() => (observer.find(bob.download.id) ? undefined : true));
    assert.ok(events.some((event) => event.type === "removed" && event.id === bob.download.id));
    assert.deepEqual(await node.list("bob"), []);
  });

  it("finds finished downloads by the beginning of their ids, and lists the history when it has read it", async () => {
    const node = await cluster.node("n1");
    gate.pass(100);
    for (const user of ["ann", "bob"]) {
      await node.start({ user, kind: "gated" });
      await until(node, user, ({ download }) => download.state === "ready");
    }
    const [ann, bob] = [(await node.list("ann"))[0]?.download, (await node.list("bob"))[0]?.download];
    await node.close(); // all is archived
    const late = await cluster.observer();
    assert.deepEqual(late.downloads(), []);
    const found = async (start: string) => (await late.matching(start)).map(({ download }) => download.id);
    assert.deepEqual(await found(ann!.id), [ann!.id]);
    assert.deepEqual(await found(bob!.id.slice(0, 12)), [bob!.id]);
    assert.deepEqual((await found("")).sort(), [ann!.id, bob!.id].sort());
    assert.deepEqual(await found("unknown id"), []);
    const another = await cluster.observer();
    assert.equal(await another.readHistory("ann"), false);
    assert.deepEqual(
      another.downloads().map(({ download }) => download.id),
      [ann!.id],
    );
    await another.readHistory();
    assert.equal(another.downloads().length, 2);
  });

  it("drains a node by name", async () => {
    const node = await cluster.node("n1");
    assert.equal(await observer.drainNode("n2"), "unknown");
    assert.equal(await observer.drainNode("n1"), "asked");
    assert.equal(node.draining, true);
  });
});
