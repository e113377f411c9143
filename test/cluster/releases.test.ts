import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { folderFor, type RunningCommand, running } from "../cli/command.ts";
import { linesText } from "../support/cluster-generators.ts";
import { heldFile } from "../support/held-file.ts";
import { asOperator, OPERATOR_TOKEN } from "../support/operator.ts";
import { eventually } from "../support/real-cluster.ts";
import { type PublicDownload, Visitor } from "../support/visitor.ts";

const isReady = ({ state }: PublicDownload) => state === "ready";
const isUnderWay = ({ progress }: PublicDownload) => progress.done > 5;

interface Node {
  command: RunningCommand;
  url: string;
}

/** Nodes of two releases on one data folder. */
async function deploy(test: TestContext) {
  const cwd = await folderFor(test);
  const env = { CARRYOUT_OPERATOR_TOKEN: OPERATOR_TOKEN, CARRYOUT_LEASE_MS: "1000" };
  const start = async (name: string, release: 1 | 2): Promise<Node> => {
    const module = fileURLToPath(new URL(`../support/release-${release}-generators.ts`, import.meta.url));
    const words = ["node", "--name", name, "--port", "0", "--capacity", "1", "--generators", module];
    const command = running(test, words, { cwd, env });
    const [, url] = await command.until(/ (http:\S+) /);
    return { command, url: url as string };
  };
  const see = (node: Node, ...names: string[]) =>
    eventually(`${names} alive`, async () => {
      const response = await fetch(`${node.url}/cluster/nodes`, { headers: asOperator });
      const { nodes } = (await response.json()) as { nodes: { name: string }[] };
      return nodes.map(({ name }) => name).join() === names.join();
    });
  return { start, see };
}

describe("two releases side by side", () => {
  it("never answer 404 for the other's downloads, and serve its files", async (test) => {
    const { start, see } = await deploy(test);
    const old = await start("a", 1);
    const next = await start("b", 2);
    await see(old, "a", "b");
    const visitor = new Visitor();
    const refused = await visitor.start(old.url, "whole");
    assert.deepEqual([refused.status, refused.headers.get("retry-after")], [503, "1"]);
    assert.equal((await visitor.start(old.url, "unheard-of")).status, 404);
    const { id } = await visitor.started(next.url, "whole", { lines: 20, pace: 1, seed: "new" });
    const ready = await visitor.until(() => [old.url], id, isReady);
    assert.equal((await visitor.fetchFile(old.url, ready)).text, linesText("new", 20));
  });

  it("leave a kind that only one of them has to it, even when its node dies", async (test) => {
    const { start, see } = await deploy(test);
    const old = await start("a", 1);
    const next = await start("b", 2);
    await see(old, "a", "b");
    const first = new Visitor();
    const file = heldFile(test);
    const asked = { lines: 80, pace: 10, seed: "moved", ...file.params };
    const { id } = await first.started(next.url, "whole", asked);
    await first.until(() => [old.url], id, isUnderWay);
    next.command.kill("SIGKILL");
    file.release();
    await first.until(
      () => [old.url],
      id,
      ({ node }) => node === null,
    );
    // It does not block the queue of a node that can't make it.
    const second = new Visitor();
    const other = await second.started(old.url, "lines", { lines: 20, pace: 1, seed: "other" });
    assert.equal(other.state, "processing");
    await second.until(() => [old.url], other.id, isReady);
    await start("c", 2);
    const ready = await first.until(() => [old.url], id, isReady);
    assert.equal((await first.fetchFile(old.url, ready)).text, linesText("moved", 80));
  });

  it("hand over running downloads, one node after the other", async (test) => {
    const { start, see } = await deploy(test);
    const old = await start("a", 1);
    const next = await start("b", 2);
    await see(old, "a", "b");
    const visitor = new Visitor();
    const file = heldFile(test);
    const asked = { lines: 100, pace: 10, seed: "rolled", ...file.params };
    const { id } = await visitor.started(old.url, "lines", asked);
    await visitor.until(() => [old.url], id, isUnderWay);
    old.command.kill("SIGTERM");
    assert.equal((await old.command.ended).code, 0);
    file.release();
    const ready = await visitor.until(() => [next.url], id, isReady);
    assert.ok(ready.epoch > 1);
    assert.equal((await visitor.fetchFile(next.url, ready)).text, linesText("rolled", 100));
  });
});
