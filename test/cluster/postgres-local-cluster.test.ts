import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { LocalCluster, lacksPrograms } from "../support/local-cluster.ts";
import { childrenOf, isRunning } from "../support/processes.ts";
import { type PublicDownload, Visitor } from "../support/visitor.ts";

const config = fileURLToPath(new URL("../../examples/cities/carryout.config.ts", import.meta.url));
const isReady = ({ state }: PublicDownload) => state === "ready";

describe("npm run cluster -- --engine postgres", { skip: lacksPrograms("postgres") }, () => {
  let cluster: LocalCluster;
  const entry = () => [cluster.entry];

  before(async () => {
    cluster = await LocalCluster.start({
      config,
      engine: "postgres",
      env: { CITIES_ROWS_PER_SECOND: "25000" },
    });
  });
  after(() => cluster?.stop());

  it("prints the address of each component, and no password", async () => {
    assert.deepEqual([...cluster.pids().keys()], ["postgres", "n1", "n2", "n3", "nginx"]);
    assert.match(cluster.output, new RegExp(`^postgres +postgres://127.0.0.1:${cluster.port + 1432} `, "m"));
    assert.doesNotMatch(cluster.output, /carryout:[^@\s]*@/);
  });

  it("completes a file while its node and PostgreSQL are killed, and restarts both", async () => {
    const visitor = new Visitor();
    const asked = await visitor.started(cluster.entry, "cities.csv");
    const running = await visitor.until(entry, asked.id, ({ progress }) => progress.done > 10_000);
    const holder = await cluster.holder(running.node);
    const backAgain = [cluster.kill(holder.name), cluster.kill("postgres")];
    for (const isBack of backAgain) await isBack();
    await cluster.allUp();
    const ready = await visitor.until(entry, asked.id, isReady);
    assert.ok(ready.epoch > running.epoch, "another incarnation finished it");

    const quiet = await visitor.started(cluster.entry, "cities.csv", {}, "undisturbed");
    const expected = await visitor.until(entry, quiet.id, isReady);
    assert.equal(expected.epoch, 1, "nobody disturbed this one");
    const file = await visitor.fetchFile(cluster.entry, ready);
    assert.equal(file.sha256, ready.file?.sha256);
    assert.equal(file.text, (await visitor.fetchFile(cluster.entry, expected)).text);
  });

  it("shuts down cleanly on SIGTERM, and leaves nothing running", async () => {
    const backends = await childrenOf(cluster.pidOf("postgres"));
    assert.ok(backends.length > 0);
    assert.equal(await cluster.end("SIGTERM"), 0);
    assert.ok(!backends.some(isRunning));
    assert.doesNotMatch(cluster.output, /killed$/m);
  });
});
