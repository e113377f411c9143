import assert from "node:assert/strict";
import { once } from "node:events";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { eventually, freePorts, isRunning } from "../support/real-cluster.ts";
import { Visitor } from "../support/visitor.ts";
import { carryout, folderFor, type RunningCommand, running } from "./command.ts";

const CONFIG = fileURLToPath(new URL("../support/cluster.config.ts", import.meta.url));
const NODE_LINE = /^(n\d+) {2}(http:\S+) {2}pid (\d+)$/gm;

interface Node {
  name: string;
  url: string;
  pid: number;
}

/** The nodes according to the lines printed so far; a restarted node has several lines. */
function nodesIn(stdout: string): Node[] {
  return [...stdout.matchAll(NODE_LINE)].map(([, name, url, pid]) => ({
    name: name as string,
    url: url as string,
    pid: Number(pid),
  }));
}

async function upIn(test: TestContext, words: string[] = [], cwd?: string): Promise<RunningCommand> {
  const folder = cwd ?? (await folderFor(test));
  const up = running(test, ["up", "--port", "0", "--nodes", "2", "--config", CONFIG, ...words], {
    cwd: folder,
  });
  await up.until(/^Open (\S+)/m);
  return up;
}

function entryOf(up: RunningCommand): string {
  return /^Open (\S+)/m.exec(up.stdout)?.[1] as string;
}

async function allEnded(nodes: readonly Node[]): Promise<void> {
  await eventually("the nodes have ended", async () => nodes.every(({ pid }) => !isRunning(pid)));
}

describe("carryout up", () => {
  it("prints a line for each node in order, then the address, and all nodes answer", async (test) => {
    const up = await upIn(test);
    const nodes = nodesIn(up.stdout);
    assert.deepEqual(
      nodes.map(({ name }) => name),
      ["n1", "n2"],
    );
    for (const url of [...nodes.map((node) => node.url), entryOf(up)]) {
      assert.equal((await fetch(`${url}/readyz`)).status, 200);
    }
  });

  it("prints the operator's link, and keeps its token where the command line finds it", async (test) => {
    const cwd = await folderFor(test);
    const up = await upIn(test, [], cwd);
    const [, link, token] = await up.until(/^Operators open (\S+\?token=(\S+))$/m);
    assert.equal((await readFile(join(cwd, ".carryout", "operator-token"), "utf8")).trim(), token);
    const opened = await fetch(link as string, { redirect: "manual" });
    const Cookie = opened.headers.getSetCookie()[0]?.split(";")[0] as string;
    for (const { url } of nodesIn(up.stdout)) {
      assert.equal((await fetch(`${url}/cluster/nodes`)).status, 403);
      assert.equal(
        (await fetch(`${url}/cluster/nodes`, { headers: { Cookie } })).status,
        200,
        "on every node",
      );
    }
    assert.ok(!up.stderr.includes(token as string));
  });

  it("listens on the port and on port + i", async (test) => {
    const port = await freePorts(2);
    const up = await upIn(test, ["--port", String(port)]);
    assert.equal(entryOf(up), `http://127.0.0.1:${port}`);
    assert.deepEqual(
      nodesIn(up.stdout).map(({ url }) => url),
      [`http://127.0.0.1:${port + 1}`, `http://127.0.0.1:${port + 2}`],
    );
  });

  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    it(`drains and leaves nothing running on ${signal}`, async (test) => {
      const up = await upIn(test);
      const nodes = nodesIn(up.stdout);
      up.kill(signal);
      const { code } = await up.ended;
      assert.equal(code, 0);
      for (const { pid } of nodes) assert.equal(isRunning(pid), false);
    });
  }

  it("treats two simultaneous signals, as npm sends them, as one", async (test) => {
    const up = await upIn(test);
    up.kill("SIGINT");
    up.kill("SIGINT");
    const { code, stderr } = await up.ended;
    assert.equal(code, 0);
    assert.doesNotMatch(stderr, /killed/);
  });

  it("ends all its nodes when stopped while one is frozen", async (test) => {
    const up = await upIn(test);
    const nodes = nodesIn(up.stdout);
    process.kill(nodes[0]?.pid as number, "SIGSTOP");
    up.kill("SIGTERM");
    await up.ended;
    for (const { pid } of nodes) assert.equal(isRunning(pid), false);
  });

  it("restarts a killed node and says so", async (test) => {
    const up = await upIn(test);
    const [first] = nodesIn(up.stdout);
    process.kill(first?.pid as number, "SIGKILL");
    await up.until(/^n1 {2}exited \(SIGKILL\)$/m, "stderr");
    await up.until(/^n1 [\s\S]*^n1 /m);
    const again = nodesIn(up.stdout).at(-1) as Node;
    assert.equal(again.name, "n1");
    assert.notEqual(again.pid, first?.pid);
    assert.equal((await fetch(`${again.url}/readyz`)).status, 200);
  });

  it("keeps running when the reader of its output has closed the pipe", async (test) => {
    const up = await upIn(test, ["--log-level", "debug"]);
    const [first, second] = nodesIn(up.stdout);
    const [, token] = await up.until(/\?token=(\S+)$/m);
    up.child.stdout?.destroy();
    up.child.stderr?.destroy();
    // The primary reports its end, and its successor and the other nodes log what follows.
    process.kill(first?.pid as number, "SIGKILL");
    const again = await eventually("the node is started again", async () => {
      const headers = { Authorization: `Bearer ${token}` };
      const { nodes } = await (await fetch(`${second?.url}/cluster/nodes`, { headers })).json();
      return (nodes as Node[]).find(({ name, pid }) => name === "n1" && pid !== first?.pid) ?? null;
    });
    const visitor = new Visitor();
    const { id } = await visitor.started(again.url, "lines", { lines: 3, pace: 1 });
    await visitor.until(
      () => [again.url],
      id,
      ({ state }) => state === "ready",
    );
    up.kill("SIGTERM");
    assert.equal((await up.ended).code, 0);
  });

  it("with --no-respawn does not restart it, and ends when no node is left", async (test) => {
    const up = await upIn(test, ["--no-respawn"]);
    for (const { pid } of nodesIn(up.stdout)) process.kill(pid, "SIGKILL");
    const { code, stdout } = await up.ended;
    assert.equal(code, 1);
    assert.equal(nodesIn(stdout).length, 2);
  });

  it("lets a single node drain and exit on SIGTERM", async (test) => {
    const up = await upIn(test, ["--no-respawn"]);
    const [first, second] = nodesIn(up.stdout);
    process.kill(first?.pid as number, "SIGTERM");
    await up.until(/^n1 {2}exited \(exit code 0\)$/m, "stderr");
    assert.equal((await fetch(`${second?.url}/readyz`)).status, 200);
  });

  it("leaves no node behind when the primary is killed", async (test) => {
    const up = await upIn(test);
    const nodes = nodesIn(up.stdout);
    up.kill("SIGKILL");
    await allEnded(nodes);
  });
});

describe("carryout up refuses", () => {
  it("a port in use, before anything is started", async (test) => {
    const cwd = await folderFor(test);
    const port = await freePorts(3);
    const server = createServer().listen(port, "127.0.0.1");
    test.after(() => server.close());
    await once(server, "listening");
    const { code, stdout, stderr } = await carryout(["up", "--port", String(port), "--config", CONFIG], {
      cwd,
    });
    assert.equal(code, 1);
    assert.match(stderr, new RegExp(`port ${port} is in use; choose another with --port`));
    assert.equal(stdout, "");
    assert.deepEqual(await readdir(cwd), []);
  });

  it("a generators file that does not compile, once, with file and line", async (test) => {
    const cwd = await folderFor(test);
    await writeFile(join(cwd, "broken.ts"), "export const one = 1;\nexport const two = ;\n");
    const { code, stderr } = await carryout(["up", "--port", "0", "--generators", "broken.ts"], { cwd });
    assert.equal(code, 1);
    assert.equal(stderr.match(/broken\.ts:2/g)?.length, 1, stderr);
    assert.doesNotMatch(stderr, /^\s+at /m);
  });

  it("a config file with three mistakes, all reported at once", async (test) => {
    const cwd = await folderFor(test);
    await writeFile(
      join(cwd, "carryout.config.ts"),
      "export default { enginee: 'memory:', port: 'x', leaseMs: -1 }",
    );
    const { code, stderr } = await carryout(["up"], { cwd });
    assert.equal(code, 1);
    assert.match(stderr, /3 settings are not valid/);
    for (const name of ["enginee", "port", "leaseMs"])
      assert.match(stderr, new RegExp(`^ {2}${name} in `, "m"));
    assert.deepEqual(await readdir(cwd), ["carryout.config.ts"]);
  });

  it("several nodes on an engine that lives in one process", async (test) => {
    const { code, stderr } = await carryout(["up", "--engine", "memory:", "--nodes", "2"], {
      cwd: await folderFor(test),
    });
    assert.equal(code, 2);
    assert.match(stderr, /--nodes 1/);
  });
});
