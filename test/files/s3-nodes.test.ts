import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { openNode } from "../../src/index.ts";
import { linesText } from "../support/cluster-generators.ts";
import { heldFile } from "../support/held-file.ts";
import { eventually, RealCluster } from "../support/real-cluster.ts";
import { S3Server, withoutS3 } from "../support/s3-server.ts";
import { keysIn, openFiles } from "../support/s3-stores.ts";
import { Visitor } from "../support/visitor.ts";

const LINES = 150;
const params = { lines: LINES, pace: 10, seed: "s3" };
const EXPECTED = linesText(params.seed, LINES);

describe("two nodes with files in S3", { skip: withoutS3 }, () => {
  let server: S3Server;
  before(async () => {
    server = await S3Server.start();
  });
  after(() => server?.stop());

  for (const { delivery, engine } of [
    { delivery: "node", engine: {} },
    { delivery: "redirect", engine: { engine: "nats" } },
  ] as const)
    describe(`delivered by ${delivery}, with the records ${"engine" in engine ? "on NATS" : "in SQLite"}`, () => {
      let cluster: RealCluster;
      let url = "";
      before(async () => {
        url = server.url(`nodes-${delivery}`, `delivery=${delivery}`);
        cluster = await RealCluster.start({ nodes: 2, ...engine, env: { CARRYOUT_FILES: url } });
      });
      after(async () => {
        await cluster?.stop();
      });

      it("the holder is killed in the middle: the other one ends the file, byte for byte, and serves it", async (test) => {
        const file = heldFile(test);
        const visitor = new Visitor();
        const started = await visitor.started(cluster.entry, "lines", { ...params, ...file.params });
        const entries = () => cluster.ownUrls;
        const before = await visitor.until(entries, started.id, ({ progress }) => progress.done >= 40);
        const holder = await cluster.holder(before.node);
        process.kill(holder.pid, "SIGKILL");
        const moved = await visitor.until(entries, started.id, ({ epoch }) => epoch > before.epoch);
        file.release();
        assert.ok(moved.progress.done >= 30, `began again at ${moved.progress.done}`);
        const ready = await visitor.until(entries, started.id, ({ state }) => state === "ready");
        const [node] = await cluster.nodes();
        const { text, sha256 } = await visitor.fetchFile(node!.url, ready);
        assert.equal(text, EXPECTED);
        assert.equal(sha256, ready.file?.sha256);

        const address = `${node!.url}${ready.file?.url}`;
        const answer = await visitor.request(address, { redirect: "manual" });
        if (delivery === "node") return assert.equal(answer.status, 200);
        assert.equal(answer.status, 302);
        assert.equal(answer.headers.get("cache-control"), "no-store");
        const there = answer.headers.get("location") ?? "";
        assert.ok(
          there.startsWith(`${server.endpoint}/${server.bucket}/nodes-redirect/${started.id}/`),
          there,
        );
        const part = await fetch(there, { headers: { Range: "bytes=100-199" } });
        assert.deepEqual([part.status, await part.text()], [206, EXPECTED.slice(100, 200)]);
        assert.match(part.headers.get("content-disposition") ?? "", /^attachment; filename="lines/);
        assert.equal(part.headers.get("content-type"), "text/plain; charset=utf-8");
        assert.equal((await fetch(there.replace(/Signature=./, "Signature=x"))).status, 403);
        assert.equal((await new Visitor().request(address, { redirect: "manual" })).status, 404);
        const head = await visitor.request(address, { method: "HEAD", redirect: "manual" });
        assert.deepEqual([head.status, head.headers.get("content-length")], [200, String(EXPECTED.length)]);
      });

      it("a node of another cluster is refused", async () => {
        const dir = await mkdtemp(join(tmpdir(), "carryout-other-"));
        const opening = openNode({ engine: `sqlite:${dir}`, files: url, generators: [] });
        await assert.rejects(opening, { code: "store-unusable", message: /belongs to the cluster on / });
        await rm(dir, { recursive: true });
      });

      it("what is dismissed is gone from the bucket", async () => {
        const visitor = new Visitor();
        const [node] = await cluster.nodes();
        const store = await openFiles(url);
        const started = await visitor.started(node!.url, "lines", { ...params, lines: 20 });
        await visitor.until(
          () => [node!.url],
          started.id,
          ({ state }) => state === "ready",
        );
        const keys = () => keysIn(store, `${started.id}/`);
        const stored = await keys();
        assert.ok(stored.length > 0);
        if (delivery === "redirect")
          await eventually("only the joined part is left", async () => (await keys()).length === 1);
        const removed = await visitor.request(`${node!.url}/downloads/${started.id}`, { method: "DELETE" });
        assert.equal(removed.status, 204);
        assert.deepEqual(await keys(), []);
        await store.close();
      });
    });
});
