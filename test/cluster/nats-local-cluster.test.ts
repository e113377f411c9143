import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { nginx } from "../../scripts/cluster/nginx.ts";
import { LocalCluster, lacksPrograms } from "../support/local-cluster.ts";
import { childrenOf, isRunning } from "../support/processes.ts";
import { eventually, freePorts } from "../support/real-cluster.ts";
import { type PublicDownload, Visitor } from "../support/visitor.ts";

const config = fileURLToPath(new URL("../../examples/cities/carryout.config.ts", import.meta.url));
const isReady = ({ state }: PublicDownload) => state === "ready";

describe("npm run cluster", { skip: lacksPrograms() }, () => {
  let cluster: LocalCluster;
  const entry = () => [cluster.entry];

  before(async () => {
    cluster = await LocalCluster.start({ config, env: { CITIES_ROWS_PER_SECOND: "25000" } });
  });
  after(() => cluster?.stop());

  it("prints the address of each component and how to kill it", () => {
    assert.deepEqual([...cluster.pids().keys()], ["nats-1", "nats-2", "nats-3", "n1", "n2", "n3", "nginx"]);
    for (const pid of cluster.pids().values()) assert.ok(isRunning(pid));
    assert.match(cluster.output, new RegExp(`^n1 +http://127.0.0.1:${cluster.port + 1} `, "m"));
    assert.match(cluster.output, new RegExp(`^nats-2 +nats://127.0.0.1:${cluster.port + 223} `, "m"));
  });

  it("completes a file while its node and a nats-server are killed, and restarts both", async () => {
    const visitor = new Visitor();
    const asked = await visitor.started(cluster.entry, "cities.csv");
    const running = await visitor.until(entry, asked.id, ({ progress }) => progress.done > 10_000);
    const holder = await cluster.holder(running.node);
    const backAgain = [cluster.kill(holder.name), cluster.kill("nats-2")];
    const ready = await visitor.until(entry, asked.id, isReady);
    assert.ok(ready.epoch > running.epoch, "another node finished it");
    for (const isBack of backAgain) await isBack();
    await cluster.allUp();

    const quiet = await visitor.started(cluster.entry, "cities.csv", {}, "undisturbed");
    const expected = await visitor.until(entry, quiet.id, isReady);
    assert.equal(expected.epoch, 1, "nobody disturbed this one");
    const file = await visitor.fetchFile(cluster.entry, ready);
    assert.equal(file.sha256, ready.file?.sha256);
    assert.equal(file.text, (await visitor.fetchFile(cluster.entry, expected)).text);
  });

  it("restarts nginx when it is killed, and leaves no worker behind", async () => {
    const workers = await childrenOf(cluster.pidOf("nginx"));
    const isBack = cluster.kill("nginx");
    await isBack();
    assert.ok(workers.length > 0 && !workers.some(isRunning));
    assert.equal((await fetch(`${cluster.entry}/`)).status, 200);
  });

  it("accepts the printed token as an operator's, but not a local caller without it", async (test) => {
    const nodes = [1, 2, 3].map((index) => `127.0.0.1:${cluster.port + index}`);
    const production = await nginxFor(test, nodes);
    const status = async (url: string, headers = {}) => (await fetch(url, { headers })).status;
    const [, link, token] = /^Operators open (\S+\?token=(\S+))$/m.exec(cluster.output) ?? [];
    assert.equal(token, await cluster.operatorToken());
    const opened = await fetch(link as string, { redirect: "manual" });
    assert.match(opened.headers.get("location") ?? "", /\/cluster$/);
    const Cookie = opened.headers.getSetCookie()[0]?.split(";")[0] as string;
    assert.equal(await status(`${cluster.entry}/cluster/nodes`, { Cookie }), 200);
    assert.equal(await status(`${cluster.entry}/cluster/nodes`), 403);
    for (const path of ["/cluster", "/cluster/nodes", "/cluster/events"]) {
      assert.equal(await status(`${production}${path}`), 403, path);
    }
    assert.equal(await status(`${production}/metrics`), 404);
    assert.equal(await status(`${production}/`), 200);
  });

  it("refuses the ports and the folder of a running cluster", async () => {
    const other = await rejected(["--port", String(cluster.port), "--dir", join(cluster.dir, "other")]);
    assert.match(other, new RegExp(`in use: port ${cluster.port} \\(for nginx\\), .*--port`));
    const same = await rejected(["--port", String(await freePorts(3)), "--dir", cluster.dir]);
    assert.match(same, /another cluster runs on .*--dir/);
  });

  it("shuts down cleanly on SIGTERM, and leaves nothing running", async () => {
    const nginxWorkers = await childrenOf(cluster.pidOf("nginx"));
    assert.equal(await cluster.end("SIGTERM"), 0);
    assert.ok(!nginxWorkers.some(isRunning));
    assert.doesNotMatch(cluster.output, /killed$/m);
  });
});

it("when no node answers, nginx responds as a node would", { skip: lacksPrograms() }, async (test) => {
  const port = await freePorts(3);
  const entry = await nginxFor(test, [`127.0.0.1:${port}`, `127.0.0.1:${port + 1}`]);
  for (const method of ["GET", "POST"]) {
    const response = await fetch(`${entry}/downloads`, { method });
    assert.equal(response.status, 503);
    assert.equal(response.headers.get("retry-after"), "1");
    assert.equal(response.headers.get("content-type"), "application/problem+json");
    assert.equal(((await response.json()) as { code: string }).code, "unavailable");
  }
});

it("no process outlives a launcher that is killed", {
  skip: lacksPrograms() || onlyLinux(),
}, async (test) => {
  const cluster = await LocalCluster.start({ config });
  test.after(() => cluster.stop());
  const workers = await childrenOf(cluster.pidOf("nginx"));
  await cluster.end("SIGKILL");
  await eventually("the workers of nginx have ended", async () => !workers.some(isRunning));
});

function onlyLinux(): string | false {
  return process.platform === "linux" ? false : "only Linux tells a process that its parent was killed";
}

/** Runs deploy/nginx.conf as in production, in front of these nodes. Resolves with its URL. */
async function nginxFor(test: TestContext, nodes: string[]): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "carryout-nginx-"));
  const listen = `127.0.0.1:${await freePorts(1)}`;
  const { words, isReady } = await nginx({ dir, listen, nodes });
  const [program, ...parameters] = words;
  const child = spawn(program, parameters, { stdio: "inherit" });
  test.after(async () => {
    const exited = once(child, "exit");
    child.kill("SIGTERM");
    await exited;
    await rm(dir, { recursive: true, force: true });
  });
  await eventually("nginx accepts", isReady);
  return `http://${listen}`;
}

/** The launcher's message when it refuses to start. */
async function rejected(words: string[]): Promise<string> {
  const main = fileURLToPath(new URL("../../scripts/cluster/main.ts", import.meta.url));
  const child = spawn(process.execPath, [main, "--sources", ...words], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let text = "";
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
  });
  const [code] = await once(child, "close");
  assert.equal(code, 1, text);
  return text;
}
