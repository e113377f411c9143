import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { z } from "zod";
import { STARTING_AGAIN } from "../download/progress.ts";
import { defineGenerator } from "../generator/generator.ts";
import { gated } from "./gated-generator.testing.ts";
import { memoryCluster, textOf, until } from "./memory-cluster.testing.ts";
import type { DownloadStatus } from "./status.ts";

const isReady = ({ download }: DownloadStatus) => download.state === "ready";
const fileOf = (revision: string) => [0, 1, 2, 3].map((line) => `line ${line} of ${revision}\n`).join("");

type More = Parameters<typeof gated>[2];

/** Node "old" has made two lines of a file of revision "r1"; "new" has revision "r2". */
async function midFile(more: More, next: More = more) {
  const first = gated("lines", 4, { ...more, revision: "r1" });
  const second = gated("lines", 4, { ...next, revision: "r2" });
  const cluster = memoryCluster([], { leaseMs: 500 });
  after(() => cluster.close());
  const old = await cluster.node("old", { generators: [first.generator] });
  const { status } = await old.start({ user: "ann", kind: "lines" });
  first.pass(2);
  await cluster.saved(status.download, 2);
  await until(old, "ann", ({ download }) => download.progress.done === 2);
  const node = await cluster.node("new", { generators: [second.generator] });
  const another = () => cluster.node("another", { generators: [first.generator] });
  return { first, second, cluster, old, node, another, id: status.download.id };
}

const isAt = (name: string) => (status: DownloadStatus) => status.node?.startsWith(`${name}/`) ?? false;

for (const how of ["drained", "dead"] as const) {
  describe(`a file started by another revision, whose node is ${how}`, () => {
    const leave = async ({ old, cluster }: Awaited<ReturnType<typeof midFile>>) => {
      if (how === "drained") await old.close();
      else cluster.crash(old);
    };

    it("starts over: its user is notified, progress does not fall, none of its old bytes are kept", async () => {
      const scene = await midFile({});
      const { second, node, cluster, id } = scene;
      await leave(scene);
      const again = await until(node, "ann", isAt("new"));
      assert.equal(again.download.progress.message, STARTING_AGAIN);
      assert.equal(again.download.revision, "r2");
      second.pass(1);
      const behind = await cluster.saved(again.download, 1);
      assert.equal(behind.parts.length, 1);
      const { progress } = (await node.fetch("ann", id))?.download ?? assert.fail("it is there");
      assert.deepEqual([progress.done, progress.message], [2, STARTING_AGAIN]);
      for await (const { key } of cluster.files.list(`${id}/`)) {
        assert.ok(key.startsWith(`${id}/${again.download.epoch}/`), key);
      }
      second.pass(3);
      assert.equal(await textOf(node, await until(node, "ann", isReady)), fileOf("r2"));
      assert.deepEqual(second.resumedAt, [0]);
    });

    it("is resumed if its generator says that both revisions make the same bytes", async () => {
      const scene = await midFile({ onRevisionChange: "continue" });
      const { second, node } = scene;
      await leave(scene);
      await until(node, "ann", isAt("new"));
      second.pass(2);
      await until(node, "ann", isReady);
      assert.deepEqual(second.resumedAt, [2]);
    });

    it("waits for a node of its revision, and says so", async () => {
      const scene = await midFile({ onRevisionChange: "wait", revisionWaitMs: 3_600_000 });
      const { first, second, node, another } = scene;
      await leave(scene);
      const waiting = await until(node, "ann", ({ node }) => node === null);
      await until(node, "ann", ({ notice }) => notice?.includes("version that began") ?? false);
      assert.equal(waiting.download.state === "ready", false);
      const same = await another();
      await until(node, "ann", isAt("another"));
      first.pass(4); // the run on the dead node may consume one
      assert.equal(await textOf(same, await until(same, "ann", isReady)), fileOf("r1"));
      assert.deepEqual(second.resumedAt, []);
    });

    it("starts over after that time", async () => {
      const scene = await midFile({ onRevisionChange: "wait", revisionWaitMs: 50 });
      const { second, node } = scene;
      await leave(scene);
      const again = await until(node, "ann", isAt("new"));
      assert.equal(again.download.progress.message, STARTING_AGAIN);
      second.pass(4);
      assert.equal(await textOf(node, await until(node, "ann", isReady)), fileOf("r2"));
    });
  });
}

describe("a checkpoint that its generator refuses", () => {
  it("is dropped, and the file starts over in the same attempt", async () => {
    const state = z.literal("another form") as never;
    const scene = await midFile({ onRevisionChange: "continue" }, { onRevisionChange: "continue", state });
    const { second, node, old } = scene;
    await old.close();
    await until(node, "ann", ({ download }) => download.progress.message === STARTING_AGAIN);
    second.pass(4);
    const ready = await until(node, "ann", isReady);
    assert.equal(await textOf(node, ready), fileOf("r2"));
    assert.equal(ready.download.failures, 0);
  });
});

describe("a generator that has to start over", () => {
  const changed = Object.assign(new Error("changed"), { startOver: true });

  it("fails if it was not resumed, so that it can't loop forever", async () => {
    const generator = defineGenerator({
      kind: "lines",
      isolation: "inline",
      maxFailures: 1,
      file: { name: "lines.txt", type: "text/plain" },
      run: () => Promise.reject(changed),
    });
    const cluster = memoryCluster([generator]);
    after(() => cluster.close());
    const node = await cluster.node("n1");
    await node.start({ user: "ann", kind: "lines" });
    const failed = await until(node, "ann", ({ download }) => download.state === "error");
    assert.equal(failed.download.failures, 1);
  });
});

describe("a kind that no living node makes", () => {
  it("makes the download wait for such a node, and notifies its user", async () => {
    const { cluster, old, first, another } = await midFile({});
    const other = await cluster.node("other", { generators: [gated("others").generator] });
    await old.close();
    for (const { name } of other.cluster().nodes) if (name === "new") await other.drainNode(name);
    await until(other, "ann", ({ notice }) => notice?.includes("server that can make") ?? false);
    await another();
    await until(other, "ann", ({ node, notice }) => node !== null && !notice);
    first.pass(8); // abandoned runs may consume some
    await until(other, "ann", isReady);
  });
});

describe("a ready file of another revision", () => {
  /** The id that a node of revision "r2" gives for a request whose file "r1" has made, and that of the file. */
  async function askedAnew(more: More) {
    const reuse = { freshForMs: 3_600_000 };
    const [first, second] = ["r1", "r2"].map((revision) => {
      const gate = gated("lines", 1, { ...more, revision });
      return { gate, generator: { ...gate.generator, reuse } };
    });
    const cluster = memoryCluster([]);
    after(() => cluster.close());
    const old = await cluster.node("old", { generators: [first!.generator] });
    const same = await cluster.node("same", { generators: [first!.generator] });
    const next = await cluster.node("next", { generators: [second!.generator] });
    first!.gate.pass();
    await old.start({ user: "ann", kind: "lines" });
    const { id } = (await until(old, "ann", isReady)).download;
    const again = await same.start({ user: "ann", kind: "lines" });
    assert.deepEqual([again.joined, again.status.download.id], [true, id]);
    const asked = await next.start({ user: "ann", kind: "lines" });
    second!.gate.pass();
    return { isReused: asked.joined && asked.status.download.id === id };
  }

  it("is not reused", async () => {
    for (const onRevisionChange of ["restart", "wait"] as const)
      assert.equal((await askedAnew({ onRevisionChange })).isReused, false);
  });

  it("is reused if its generator says that both revisions make the same bytes", async () => {
    assert.equal((await askedAnew({ onRevisionChange: "continue" })).isReused, true);
  });
});
