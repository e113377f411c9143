import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { linesText } from "../support/cluster-generators.ts";
import { RealCluster } from "../support/real-cluster.ts";
import { Visitor } from "../support/visitor.ts";

/** What the visitor reads; the log has the rest under this reference. */
const UNEXPLAINED = /^The file could not be made\. Reference: [\w-]{22}$/;

const ENDS = {
  "endless-loop": { code: "generation-stalled", message: /no sign of life/ },
  "out-of-memory": { code: "generation-out-of-memory", message: /memory/ },
  throws: { code: "generation-failed", message: UNEXPLAINED },
  "throws-in-timer": { code: "generation-failed", message: UNEXPLAINED },
  exits: { code: "generation-failed", message: UNEXPLAINED },
} as const;

describe("a generator that misbehaves harms its own download alone", () => {
  let cluster: RealCluster;

  before(async () => {
    cluster = await RealCluster.start({ nodes: 1 });
  });
  after(() => cluster.stop());

  for (const [kind, expected] of Object.entries(ENDS)) {
    it(kind, async () => {
      const [node] = await cluster.nodes();
      const good = new Visitor();
      const neighbour = await good.started(cluster.entry, "lines", { lines: 60, pace: 10, seed: kind });
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
