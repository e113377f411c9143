import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { findNatsServer } from "../../scripts/nats-server.mjs";
import { linesText } from "../support/cluster-generators.ts";
import { NatsServers } from "../support/nats-servers.ts";
import { eventually, RealCluster } from "../support/real-cluster.ts";
import { type PublicDownload, Visitor } from "../support/visitor.ts";

const LINES = 400;
const params = { lines: LINES, pace: 10, seed: "cut off" };

describe("nodes whose only nats-server dies", { skip: findNatsServer() === null }, () => {
  let servers: NatsServers;
  let cluster: RealCluster;

  before(async () => {
    servers = await NatsServers.start();
    cluster = await RealCluster.start({ nodes: 2, engine: servers.url("cut") });
  });
  after(async () => {
    await cluster?.stop();
    await servers.stop();
  });

  const readiness = async () =>
    Promise.all(cluster.ownUrls.map(async (url) => (await fetch(`${url}/readyz`)).status));

  it("report it, defer requests, continue their work, and recover when it is back", async () => {
    const visitor = new Visitor();
    const entry = () => [cluster.entry];
    const { id } = await visitor.started(cluster.entry, "lines", params);
    const before = await visitor.until(entry, id, ({ progress }) => progress.done >= 40);
    assert.deepEqual(await readiness(), [200, 200]);

    await servers.kill(0);
    await eventually("no node is ready", async () => (await readiness()).every((status) => status === 503));
    for (const url of cluster.ownUrls) {
      assert.equal((await fetch(`${url}/healthz`)).status, 200, "a restart would not help");
      const putOff = await visitor.start(url, "lines", params, "other");
      assert.equal(putOff.status, 503);
      assert.match(putOff.headers.get("retry-after") ?? "", /^\d+$/);
      assert.equal(putOff.headers.get("content-type"), "application/problem+json");
      const { detail } = (await putOff.json()) as { detail: string };
      assert.doesNotMatch(detail, /127\.0\.0\.1|NATS/, "nothing of the inside is told");
    }

    servers.launch(0);
    await eventually("all are ready", async () => (await readiness()).every((status) => status === 200));
    const ready = await visitor.until(entry, id, ({ state }) => state === "ready");
    assert.equal(ready.epoch, before.epoch, "nobody else had to begin again");
    assert.equal(ready.node, before.node);
    assert.equal((await visitor.fetchFile(cluster.entry, ready)).text, linesText(params.seed, LINES));
    const slots = (await visitor.list(cluster.entry)).map(({ slot }: PublicDownload) => slot);
    assert.deepEqual(slots, ["default"], "what was put off was not done later");
    const next = await visitor.started(cluster.entry, "lines", { ...params, lines: 3 }, "other");
    await visitor.until(entry, next.id, ({ state }) => state === "ready");
  });
});
