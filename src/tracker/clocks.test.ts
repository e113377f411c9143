import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { defineGenerator } from "../generator/generator.ts";
import { gated } from "./gated-generator.testing.ts";
import { memoryCluster, until } from "./memory-cluster.testing.ts";
import { settableClock } from "./set-clock.testing.ts";
import type { DownloadStatus } from "./status.ts";

const HOUR_MS = 3_600_000;

const isReady = ({ download }: DownloadStatus) => download.state === "ready";
const isRunning = ({ download }: DownloadStatus) => download.state === "processing";

describe("setting the clock", () => {
  for (const aheadMs of [-HOUR_MS, HOUR_MS]) {
    const to = aheadMs < 0 ? "back" : "ahead";

    it(`${to} by an hour keeps waiting downloads in order, and they run when capacity is free`, async () => {
      const work = gated("gated", 1);
      const cluster = memoryCluster([work.generator]);
      after(() => cluster.close());
      const { clock, set } = settableClock();
      const a = await cluster.node("a", { capacity: 1, clock });
      await a.start({ user: "first", kind: "gated" });
      await a.start({ user: "second", kind: "gated" });
      set(aheadMs);
      await a.start({ user: "third", kind: "gated" });
      assert.equal((await a.list("second"))[0]?.position, 1);
      assert.equal((await a.list("third"))[0]?.position, 2);
      for (const user of ["first", "second", "third"]) {
        await until(a, user, isRunning);
        work.pass(1);
        await until(a, user, isReady);
      }
    });

    it(`${to} by an hour does not change the wait after a failure`, async () => {
      let attempts = 0;
      const once = defineGenerator({
        kind: "once",
        isolation: "inline",
        file: { name: "x", type: "text/plain" },
        run() {
          attempts++;
          if (attempts === 1) throw new Error("no luck");
        },
      });
      const cluster = memoryCluster([once]);
      after(() => cluster.close());
      const { clock, set } = settableClock();
      const a = await cluster.node("a", { clock });
      await a.start({ user: "ann", kind: "once" });
      await until(a, "ann", ({ download }) => download.failures === 1);
      set(aheadMs);
      await until(a, "ann", isReady);
    });
  }

  it("on only one node changes no position in the queue", async () => {
    const work = gated("gated", 1);
    const cluster = memoryCluster([work.generator]);
    after(() => cluster.close());
    const right = await cluster.node("right", { capacity: 1 });
    const ahead = await cluster.node("ahead", { capacity: 1, clock: settableClock(HOUR_MS).clock });
    await right.start({ user: "u0", kind: "gated" });
    await ahead.start({ user: "u1", kind: "gated" });
    await until(ahead, "u1", isRunning);
    for (const [index, node] of [ahead, right, ahead, right].entries()) {
      const user = `w${index}`;
      const { status } = await node.start({ user, kind: "gated" });
      assert.equal(status.position, index + 1);
      for (const each of [ahead, right]) await until(each, user, ({ position }) => position === index + 1);
    }
    work.pass(6);
    for (const user of ["w0", "w1", "w2", "w3"]) await until(right, user, isReady);
  });
});
