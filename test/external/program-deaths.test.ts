import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { isRunning, signal } from "../support/processes.ts";
import { eventually, RealCluster } from "../support/real-cluster.ts";
import { type PublicDownload, Visitor } from "../support/visitor.ts";

const config = fileURLToPath(new URL("./programs.config.ts", import.meta.url));

function parentOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
}

describe("a program that ignores SIGTERM, with a child and a child in another session, ends with its runner", () => {
  const visitor = new Visitor();
  let cluster: RealCluster;

  before(async () => {
    cluster = await RealCluster.start({ nodes: 2, respawn: true, config });
  });
  after(() => cluster.stop());

  /** The three processes of a run that is under way. */
  async function running(kind: string, but: readonly number[] = [], id?: string) {
    const download = id === undefined ? await visitor.started(cluster.entry, kind) : { id };
    const pidsIn = ({ progress }: PublicDownload) => progress.message?.split(" ").map(Number) ?? [];
    const seen = await visitor.until(
      () => [cluster.entry],
      download.id,
      (it) => pidsIn(it).some((pid) => !but.includes(pid)) || it.state === "error",
    );
    const pids = pidsIn(seen);
    assert.equal(pids.length, 3, JSON.stringify(seen));
    return { ...seen, pids };
  }

  const gone = (pids: readonly number[]) =>
    eventually(`${pids} have ended`, async () => !pids.some(isRunning));

  async function cancelled(id: string): Promise<void> {
    const response = await visitor.request(`${cluster.entry}/downloads/${id}`, { method: "DELETE" });
    assert.equal(response.status, 204);
  }

  for (const kind of ["process", "inline"]) {
    it(`${kind}: its download is cancelled`, async () => {
      const { id, pids } = await running(kind);
      assert.ok(pids.every(isRunning));
      await cancelled(id);
      await gone(pids);
    });

    it(`${kind}: its generator process is killed`, async () => {
      const { id, pids } = await running(kind);
      signal(parentOf(pids[0]!), "SIGKILL");
      await gone(pids);
      await cancelled(id);
    });

    it(`${kind}: its node is killed, and another one restarts it`, async () => {
      const { id, pids, node } = await running(kind);
      const { pid } = await cluster.holder(node);
      signal(pid, "SIGKILL");
      await gone(pids);
      const again = await running(kind, pids, id);
      await cancelled(id);
      await gone(again.pids);
    });

    it(`${kind}: its node drains`, async () => {
      const { id, pids, node } = await running(kind);
      signal((await cluster.holder(node)).pid, "SIGTERM");
      await gone(pids);
      const again = await running(kind, pids, id);
      await cancelled(id);
      await gone(again.pids);
      await cluster.allUp();
    });

    it(`${kind}: its deadline has passed`, async () => {
      const { id, pids } = await running(`${kind}-silent`);
      const failed = await visitor.until(
        () => [cluster.entry],
        id,
        ({ state }) => state === "error",
      );
      assert.equal(failed.error?.code, "generation-stalled");
      assert.equal(failed.file, null);
      await gone(pids);
    });
  }
});
