import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { findNatsServer } from "../../scripts/nats-server.mjs";
import { NatsServers } from "../support/nats-servers.ts";
import { freePorts } from "../support/real-cluster.ts";
import { Visitor } from "../support/visitor.ts";
import { carryout, folderFor, running } from "./command.ts";

const CONFIG = fileURLToPath(new URL("../support/cluster.config.ts", import.meta.url));
const SECRET = { CARRYOUT_SECRET: "" };

describe("the command line on NATS", { skip: findNatsServer() === null }, () => {
  let servers: NatsServers;
  before(async () => {
    servers = await NatsServers.start();
  });
  after(() => servers.stop());

  it("up keeps a secret on its machine, so that visitors are recognised after a restart", async (test) => {
    const cwd = await folderFor(test);
    const words = ["up", "--port", "0", "--nodes", "2", "--config", CONFIG, "--engine", servers.url("up")];
    const visitor = new Visitor();
    const run = async (use: (entry: string) => Promise<void>) => {
      const up = running(test, words, { cwd, env: SECRET });
      const [, entry] = await up.until(/^Open (\S+)/m);
      await use(entry!);
      const token = (await readFile(join(cwd, ".carryout", "operator-token"), "utf8")).trim();
      const headers = { Authorization: `Bearer ${token}` };
      const { nodes } = (await (await fetch(`${entry}/cluster/nodes`, { headers })).json()) as {
        nodes: { pid: number }[];
      };
      assert.deepEqual(
        nodes.map(({ pid }) => typeof pid),
        ["number", "number"],
        "all are on this machine",
      );
      up.child.kill("SIGINT");
      assert.equal((await up.ended).code, 0);
      assert.match(up.stderr, /signed with the secret in \S+\.carryout\/secret/);
    };
    let id = "";
    await run(async (entry) => {
      ({ id } = await visitor.started(entry, "lines", { lines: 3, pace: 1 }));
      await visitor.until(
        () => [entry],
        id,
        ({ state }) => state === "ready",
      );
    });
    assert.match(await readFile(join(cwd, ".carryout", "secret"), "utf8"), /^\S{43}\n$/);
    await run(async (entry) => {
      assert.deepEqual(
        (await visitor.list(entry)).map((download) => download.id),
        [id],
      );
    });

    const env = SECRET;
    const listed = await carryout(["ls", "--json", "--engine", servers.url("up")], { cwd, env });
    assert.equal(listed.code, 0, listed.stderr);
    assert.match(listed.stdout, new RegExp(id));
  });

  it("node refuses to start without a secret, and says how to create one", async (test) => {
    const cwd = await folderFor(test);
    const words = ["node", "--port", "0", "--config", CONFIG, "--engine", servers.url("node")];
    const { code, stderr } = await carryout(words, { cwd, env: SECRET });
    assert.equal(code, 1);
    assert.match(stderr, /set CARRYOUT_SECRET .*openssl rand/);
  });

  it("names the servers it can't reach, and the mistake in the URL", async (test) => {
    const cwd = await folderFor(test);
    const engine = `nats://carry:hushhush@127.0.0.1:${await freePorts(1)}`;
    const away = await carryout(["ls", "--engine", engine], { cwd });
    assert.equal(away.code, 1);
    assert.match(away.stderr, /no NATS server responds: 127\.0\.0\.1:\d+: .*ECONNREFUSED/);
    const wrong = await carryout(["ls", "--engine", `${engine}?replica=3`], { cwd });
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /did you mean replicas\?/);
    const none = await carryout(["ls", "--engine", servers.url("none")], { cwd });
    assert.match(none.stderr, /no cluster named "none"/);
    for (const { stdout, stderr } of [away, wrong, none]) assert.doesNotMatch(stdout + stderr, /hushhush/);
  });
});
