import assert from "node:assert/strict";
import { after, before, describe, it, type TestContext } from "node:test";
import { linesText } from "../support/cluster-generators.ts";
import { engineOption, engines } from "../support/engines.ts";
import { heldFile } from "../support/held-file.ts";
import { eventually, isRunning, RealCluster } from "../support/real-cluster.ts";
import { type PublicDownload, Visitor } from "../support/visitor.ts";

const LINES = 150;
const params = { lines: LINES, pace: 10, seed: "deaths" };

const hasCheckpoint = ({ progress }: PublicDownload) => progress.done >= 40;
const isReady = ({ state }: PublicDownload) => state === "ready";

/** Every state that a visitor sees over all its connections, to check their order. */
function assertNeverFalls(seen: PublicDownload[]): void {
  for (let i = 1; i < seen.length; i++) {
    const [a, b] = [seen[i - 1]!.progress, seen[i]!.progress];
    assert.ok(b.done >= a.done, `done fell from ${a.done} to ${b.done}`);
    assert.ok((b.fraction ?? 0) >= (a.fraction ?? 0), `fraction fell from ${a.fraction} to ${b.fraction}`);
  }
}

for (const engine of engines())
  describe(`deaths of the holder, on ${engine}`, () => {
    let cluster: RealCluster;
    const bases = async () => (await cluster.nodes()).map(({ url }) => url);

    before(async () => {
      cluster = await RealCluster.start({ respawn: true, ...engineOption(engine) });
    });
    after(() => cluster.stop());

    /** Starts a download, does something to its holder midway, and checks everything that has to hold afterwards. */
    async function survives(
      test: TestContext,
      strike: (holder: { pid: number; name: string }) => Promise<unknown>,
    ) {
      const file = heldFile(test);
      const visitor = new Visitor();
      const seen: PublicDownload[] = [];
      const watch = (accept: (download: PublicDownload) => boolean) => (download: PublicDownload) => {
        seen.push(download);
        return accept(download);
      };
      const started = await visitor.started(cluster.entry, "lines", { ...params, ...file.params });
      const entry = () => [cluster.entry];
      const before = await visitor.until(entry, started.id, watch(hasCheckpoint));
      const holder = await cluster.holder(before.node);
      await strike(holder);
      const moved = await visitor.until(
        entry,
        started.id,
        watch(({ epoch }) => epoch > before.epoch),
      );
      assert.notEqual(moved.node, before.node);
      file.release();
      const ready = await visitor.until(entry, started.id, watch(isReady));
      assertNeverFalls(seen);
      assert.equal(ready.progress.fraction, 1);
      const expected = linesText(params.seed, LINES);
      // A node that has just joined may still answer that it is starting, and a dead one may still be listed.
      const files = await eventually("every node has the file", async () =>
        Promise.all((await bases()).map((base) => visitor.fetchFile(base, ready))),
      );
      for (const { text, sha256 } of files) {
        assert.equal(text, expected);
        assert.equal(sha256, ready.file?.sha256);
      }
      return { visitor, before, moved, ready, holder };
    }

    it("resumes after SIGKILL, with the bytes already written", async (test) => {
      const { moved } = await survives(test, async ({ pid }) => process.kill(pid, "SIGKILL"));
      assert.ok(moved.progress.done >= 30, `began again at ${moved.progress.done}`);
      await cluster.allUp();
    });

    it("resumes after SIGTERM, and the node exits by itself", async (test) => {
      const { holder } = await survives(test, async ({ pid }) => process.kill(pid, "SIGTERM"));
      await eventually("the node has ended", async () => !isRunning(holder.pid));
      await cluster.allUp();
    });

    it("resumes after a freeze, and the thawed node changes nothing", async (test) => {
      let frozen = 0;
      const { visitor, ready } = await survives(test, async ({ pid }) => {
        frozen = pid;
        cluster.freeze(pid);
      }).finally(() => cluster.thaw(frozen));
      await eventually("the thawed node is back", async () =>
        (await cluster.nodes()).some(({ pid }) => pid === frozen),
      );
      const [after] = await visitor.list(cluster.entry);
      assert.deepEqual(after, ready);
    });

    it("starts over without a checkpoint, and the progress bar does not go back", async (test) => {
      const file = heldFile(test);
      const visitor = new Visitor();
      const seen: PublicDownload[] = [];
      const keep = (accept: (download: PublicDownload) => boolean) => (download: PublicDownload) => {
        seen.push(download);
        return accept(download);
      };
      const asked = { lines: 60, pace: 10, seed: "w", ...file.params };
      const { id } = await visitor.started(cluster.entry, "whole", asked);
      const running = await visitor.until(
        () => [cluster.entry],
        id,
        keep(({ progress }) => progress.done >= 25),
      );
      process.kill((await cluster.holder(running.node)).pid, "SIGKILL");
      file.release();
      const ready = await visitor.until(() => [cluster.entry], id, keep(isReady));
      assertNeverFalls(seen);
      assert.equal((await visitor.fetchFile(cluster.entry, ready)).text, linesText("w", 60));
      await cluster.allUp();
    });

    it("resumes existing downloads after all nodes were killed at once", async (test) => {
      const file = heldFile(test);
      const visitor = new Visitor();
      const { id } = await visitor.started(cluster.entry, "lines", { ...params, ...file.params });
      const before = await visitor.until(() => [cluster.entry], id, hasCheckpoint);
      await cluster.killAll();
      file.release();
      await cluster.restart();
      const ready = await visitor.until(() => [cluster.entry], id, isReady);
      assert.ok(ready.epoch > before.epoch);
      assert.equal((await visitor.fetchFile(cluster.entry, ready)).text, linesText(params.seed, LINES));
    });
  });
