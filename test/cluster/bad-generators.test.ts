import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { linesText } from "../support/cluster-generators.ts";
import { heldFile } from "../support/held-file.ts";
import { childrenOf, isRunning, signal } from "../support/processes.ts";
import { eventually, RealCluster } from "../support/real-cluster.ts";
import { Visitor } from "../support/visitor.ts";

/** The visitor's message; the log has the details under this reference. */
const UNEXPLAINED = /^The file could not be generated\. Reference: [\w-]{22}$/;

const ENDS = {
  "endless-loop": { code: "generation-stalled", message: /made no progress/ },
  "out-of-memory": { code: "generation-out-of-memory", message: /memory/ },
  throws: { code: "generation-failed", message: UNEXPLAINED },
  "throws-in-timer": { code: "generation-failed", message: UNEXPLAINED },
  exits: { code: "generation-failed", message: UNEXPLAINED },
  buffers: { code: "generation-out-of-memory", message: /64 MiB/ },
  joins: { code: "generation-out-of-memory", message: /64 MiB/ },
  crashes: { code: "generation-failed", message: UNEXPLAINED },
  rejects: { code: "generation-failed", message: UNEXPLAINED },
  "crashes-shared": { code: "generation-failed", message: UNEXPLAINED },
  "rejects-shared": { code: "generation-failed", message: UNEXPLAINED },
} as const;

describe("a generator that misbehaves harms only its own download", () => {
  let cluster: RealCluster;

  before(async () => {
    cluster = await RealCluster.start({ nodes: 1 });
  });
  after(() => cluster.stop());

  for (const [kind, expected] of Object.entries(ENDS)) {
    it(kind, async () => {
      const [node] = await cluster.nodes();
      const good = new Visitor();
      // In the same process, if generators share one.
      const beside = kind.endsWith("-shared") ? "sharing" : "lines";
      const neighbour = await good.started(cluster.entry, beside, { lines: 60, pace: 10, seed: kind });
      const victim = new Visitor();
      const { id } = await victim.started(cluster.entry, kind);
      const failed = await victim.until(
        () => [cluster.entry],
        id,
        ({ state }) => state === "error",
      );
      assert.equal(failed.error?.code, expected.code);
      assert.match(failed.error?.message ?? "", expected.message);
      assert.doesNotMatch(failed.error?.message ?? "", /\bat .*:\d+/, "no stack for the user");
      const ready = await good.until(
        () => [cluster.entry],
        neighbour.id,
        ({ state }) => state === "ready",
      );
      assert.equal(ready.epoch, 1, "the neighbour was not disturbed");
      assert.equal((await good.fetchFile(cluster.entry, ready)).text, linesText(kind, 60));
      assert.equal((await cluster.nodes())[0]?.pid, node?.pid, "the node lives");
    });
  }
});

describe("the processes of a node", () => {
  it("end with it, even one that is busy computing", async () => {
    const cluster = await RealCluster.start({ nodes: 1 });
    try {
      const visitor = new Visitor();
      const { id } = await visitor.started(cluster.entry, "busy");
      const { progress } = await visitor.until(
        () => [cluster.entry],
        id,
        (it) => it.progress.message !== null,
      );
      const busy = Number(progress.message?.replace("pid ", ""));
      const [node] = await cluster.nodes();
      const children = await childrenOf(node!.pid);
      assert.ok(children.includes(busy));
      signal(node!.pid, "SIGKILL");
      await eventually("they have ended", async () => !children.some(isRunning));
    } finally {
      await cluster.stop();
    }
  });

  it("ignore a stop signal sent to all processes, and end with the node", async (test) => {
    const file = heldFile(test);
    const cluster = await RealCluster.start({ nodes: 1 });
    try {
      const visitor = new Visitor();
      const asked = { lines: 100, pace: 5, seed: "stop", ...file.params };
      const { id } = await visitor.started(cluster.entry, "lines", asked);
      await visitor.until(
        () => [cluster.entry],
        id,
        (it) => it.progress.done > 20,
      );
      const [node] = await cluster.nodes();
      const children = await childrenOf(node!.pid);
      // Service managers signal every process of a service.
      for (const child of children) signal(child, "SIGTERM");
      assert.equal(await cluster.interrupt(), 0);
      await eventually("they have ended", async () => !children.some(isRunning));
      file.release();
      await cluster.restart();
      const ready = await visitor.until(
        () => [cluster.entry],
        id,
        ({ state }) => state === "ready",
      );
      assert.equal((await visitor.fetchFile(cluster.entry, ready)).text, linesText("stop", 100));
      assert.equal(ready.epoch, 2, "it was handed over once, and nothing failed");
    } finally {
      await cluster.stop();
    }
  });
});
