import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { eventually, freePorts } from "../support/real-cluster.ts";
import { folderFor, running } from "./command.ts";

const CONFIG = fileURLToPath(new URL("../support/cluster.config.ts", import.meta.url));

describe("carryout node", () => {
  it("that is told to stop while it is starting ends in order", async (test) => {
    const port = await freePorts(0);
    const node = running(test, ["node", "--port", String(port), "--config", CONFIG], {
      cwd: await folderFor(test),
    });
    await eventually("it listens", async () => (await fetch(`http://127.0.0.1:${port}/healthz`)).status > 0);
    node.kill("SIGTERM");
    const { code, signal } = await node.ended;
    assert.deepEqual([code, signal], [0, null]);
  });

  it("that can't start says why, and ends", async (test) => {
    const cwd = await folderFor(test);
    const port = await freePorts(0);
    const words = ["node", "--port", String(port), "--config", CONFIG];
    const first = running(test, words, { cwd });
    await first.until(/^127.0.0.1-\d+ {2}http:\S+ {2}pid \d+$/m);
    const { code, stderr } = await running(test, words, { cwd }).ended;
    assert.equal(code, 1);
    assert.match(stderr, new RegExp(`port ${port} is in use`));
  });

  for (const [words, status] of [
    [[], 403],
    [["--local-cluster"], 200],
  ] as const) {
    it(`answers operators' questions of this machine with ${status} given ${words[0] ?? "nothing"}`, async (test) => {
      const cwd = await folderFor(test);
      const node = running(test, ["node", "--port", "0", "--config", CONFIG, ...words], { cwd });
      const [, url] = await node.until(/ (http:\S+) /);
      assert.equal((await fetch(`${url}/cluster/nodes`)).status, status);
    });
  }
});
