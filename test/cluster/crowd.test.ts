import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { UP_DEFAULTS } from "../../src/cli/up/defaults.ts";
import { linesText } from "../support/cluster-generators.ts";
import { engineOption, engines } from "../support/engines.ts";
import { heldFile } from "../support/held-file.ts";
import { RealCluster } from "../support/real-cluster.ts";
import { type PublicDownload, Visitor } from "../support/visitor.ts";

/** Occupies all capacity until the returned function is called: a late request would regenerate a finished file. */
async function keepBusy(cluster: RealCluster, places: number): Promise<() => Promise<void>> {
  const long = { lines: 100_000, pace: 10, seed: "busy" };
  const busy = await Promise.all(
    Array.from({ length: places }, async () => {
      const visitor = new Visitor();
      const { id } = await visitor.started(cluster.entry, "lines", long);
      await visitor.until(
        () => [cluster.entry],
        id,
        ({ state }) => state === "processing",
      );
      return () => visitor.request(`${cluster.entry}/downloads/${id}`, { method: "DELETE" });
    }),
  );
  return async () => {
    for (const remove of busy) assert.equal((await remove()).status, 204);
  };
}

for (const engine of engines())
  describe(`many users and three nodes, on ${engine}`, () => {
    let cluster: RealCluster;

    before(async () => {
      // Hundreds of requests at once: a busy machine may need longer to read the last one than nodes usually wait.
      const env = { CARRYOUT_REQUEST_TIMEOUT_MS: "120000" };
      cluster = await RealCluster.start({ ...engineOption(engine), env });
    });
    after(() => cluster.stop());

    it("makes one download for each of 200 users who request it from every node at the same moment", async () => {
      const bases = (await cluster.nodes()).map(({ url }) => url);
      const stopBusy = await keepBusy(cluster, 3 * UP_DEFAULTS.capacity!);
      const visitors = Array.from({ length: 200 }, () => new Visitor());
      await Promise.all(visitors.map((visitor) => visitor.list(cluster.entry))); // gives each its cookie
      for (const visitor of visitors) assert.ok(visitor.cookie);
      const answers = await Promise.all(
        visitors.map((visitor) =>
          Promise.all(
            bases.map((base) => visitor.started(base, "lines", { lines: 3, pace: 0, seed: "crowd" })),
          ),
        ),
      );
      await stopBusy();
      for (const answer of answers) assert.equal(new Set(answer.map(({ id }) => id)).size, 1);
      assert.equal(new Set(answers.flat().map(({ id }) => id)).size, 200);
      for (const [index, visitor] of visitors.entries()) {
        const id = answers[index]![0]!.id;
        const ready = await visitor.until(
          () => bases,
          id,
          ({ state }) => state === "ready",
        );
        assert.deepEqual(
          (await visitor.list(cluster.entry)).map((download) => download.id),
          [id],
        );
        if (index % 20 === 0) {
          assert.equal((await visitor.fetchFile(cluster.entry, ready)).text, linesText("crowd", 3));
        }
      }
    });

    it("lets a visitor continue on another node when the page's node dies", async (test) => {
      const file = heldFile(test);
      const visitor = new Visitor();
      const asked = { lines: 150, pace: 10, seed: "page", ...file.params };
      const nodes = await cluster.nodes();
      const { id } = await visitor.started(nodes[0]!.url, "lines", asked);
      const running = await visitor.until(
        () => [nodes[0]!.url],
        id,
        ({ progress }) => progress.done >= 20,
      );
      const holder = await cluster.holder(running.node);
      const pages = nodes.filter(({ pid }) => pid !== holder.pid);
      const [page, other] = [pages[0]!, pages[1]!];
      const seen: PublicDownload[] = [];
      const stop = new AbortController();
      const broken = (async () => {
        for await (const event of visitor.events(page.url, stop.signal)) {
          if (event.event === "snapshot") seen.push(...event.data.downloads);
          if (event.event === "download") seen.push(event.data);
          if (seen.length === 1) process.kill(page.pid, "SIGKILL");
        }
      })();
      await assert.rejects(broken);
      file.release();
      const ready = await visitor.until(
        () => [other.url],
        id,
        (download) => {
          seen.push(download);
          return download.state === "ready";
        },
      );
      assert.equal(ready.epoch, running.epoch, "the holder was not touched");
      const shown = seen.map(({ progress }) => progress.done);
      assert.deepEqual(
        shown,
        shown.toSorted((a, b) => a - b),
      );
      assert.equal((await visitor.fetchFile(other.url, ready)).text, linesText("page", 150));
    });
  });
