import assert from "node:assert/strict";
import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { eventually, freePorts } from "../support/real-cluster.ts";
import { Visitor } from "../support/visitor.ts";
import { folderFor, running } from "./command.ts";

const CONFIG = fileURLToPath(new URL("../support/cluster.config.ts", import.meta.url));

/** Routes that answer and leave uncaught errors behind. */
const FORGETFUL_ROUTES = `
const answer = () => new Response("answered");
export default () => ({
  fetch(request) {
    if (request.url.endsWith("/reject")) void Promise.reject(new Error("the audit service is away"));
    else setTimeout(() => { throw new Error("thrown in a timer"); });
    return answer();
  },
});
`;

describe("carryout node", () => {
  it("shuts down cleanly when stopped during startup", async (test) => {
    const port = await freePorts(0);
    const node = running(test, ["node", "--port", String(port), "--config", CONFIG], {
      cwd: await folderFor(test),
    });
    await eventually("it listens", async () => (await fetch(`http://127.0.0.1:${port}/healthz`)).status > 0);
    node.kill("SIGTERM");
    const { code, signal } = await node.ended;
    assert.deepEqual([code, signal], [0, null]);
  });

  it("says why it can't start, and exits", async (test) => {
    const cwd = await folderFor(test);
    const port = await freePorts(0);
    const words = ["node", "--port", String(port), "--config", CONFIG];
    const first = running(test, words, { cwd });
    await first.until(/^n-[a-z0-9]{6} {2}http:\S+ {2}pid \d+$/m);
    const { code, stderr } = await running(test, words, { cwd }).ended;
    assert.equal(code, 1);
    assert.match(stderr, new RegExp(`port ${port} is in use`));
  });

  it("survives and logs errors that the application leaves uncaught", async (test) => {
    const cwd = await folderFor(test);
    await writeFile(join(cwd, "routes.mjs"), FORGETFUL_ROUTES);
    const node = running(test, ["node", "--port", "0", "--config", CONFIG, "--routes", "routes.mjs"], {
      cwd,
    });
    const [, url] = await node.until(/ (http:\S+) /);
    assert.equal((await fetch(`${url}/reject`)).status, 200);
    await node.until(/the audit service is away/, "stderr");
    assert.equal((await fetch(`${url}/throw`)).status, 200);
    await node.until(/thrown in a timer/, "stderr");
    assert.equal((await fetch(`${url}/healthz`)).status, 200);
  });

  it("keeps running when the reader of its log has closed the pipe", async (test) => {
    const cwd = await folderFor(test);
    const words = ["node", "--port", "0", "--config", CONFIG, "--log-level", "debug"];
    const node = running(test, words, { cwd });
    const [, url] = await node.until(/ (http:\S+) /);
    node.child.stderr?.destroy();
    node.child.stdout?.destroy();
    const visitor = new Visitor();
    const { id } = await visitor.started(url as string, "lines", { lines: 3, pace: 1 });
    await visitor.until(
      () => [url as string],
      id,
      ({ state }) => state === "ready",
    );
    node.kill("SIGTERM");
    assert.equal((await node.ended).code, 0);
  });

  it("shows the cluster only to callers with the token in its data folder", async (test) => {
    const cwd = await folderFor(test);
    const start = async (...words: string[]) => {
      const node = running(test, ["node", "--port", "0", "--config", CONFIG, ...words], { cwd });
      const [, url] = await node.until(/ (http:\S+) /);
      return { node, url: url as string };
    };
    const status = async (url: string, headers = {}) =>
      (await fetch(`${url}/cluster/nodes`, { headers })).status;
    const local = await start("--local-cluster");
    const [, printed] = await local.node.until(/^Operators open \S+\/cluster\?token=(\S+)$/m);
    const file = join(cwd, ".carryout", "operator-token");
    assert.equal((await readFile(file, "utf8")).trim(), printed);
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    // Without --local-cluster a node accepts the same token, but does not print it.
    const other = await start();
    for (const { url } of [local, other]) {
      assert.equal(await status(url), 403);
      assert.equal(await status(url, { Authorization: `Bearer ${printed}` }), 200);
    }
    for (const { node } of [local, other]) assert.ok(!node.stderr.includes(printed as string), node.stderr);
    assert.ok(!other.node.stdout.includes("token"), other.node.stdout);
  });
});
