import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { folderFor, running } from "../cli/command.ts";
import { engines, type TestedEngine } from "../support/engines.ts";
import { NatsServers } from "../support/nats-servers.ts";
import { PostgresServer } from "../support/postgres.testing.ts";
import { childrenOf, signal } from "../support/processes.ts";
import { eventually } from "../support/real-cluster.ts";
import { fileOf, release, writeVersion } from "../support/two-revisions.ts";
import { type PublicDownload, Visitor } from "../support/visitor.ts";

const KINDS = ["restarts", "waits", "goes-on"] as const;
const isReady = ({ state }: PublicDownload) => state === "ready";

/** Where the nodes of one test keep their records, as words and environment of their command. */
async function sharedEngine(test: TestContext, engine: TestedEngine) {
  if (engine === "sqlite") return { words: [], env: {} }; // the data folder in the working directory
  const env = { CARRYOUT_SECRET: "known to the tests alone" };
  if (engine === "postgres") {
    const server = await PostgresServer.start();
    test.after(() => server.stop());
    return { words: ["--engine", server.url, "--files", `disk:${await folderFor(test)}`], env };
  }
  const servers = await NatsServers.start();
  test.after(() => servers.stop());
  return { words: ["--engine", servers.url("test")], env };
}

/** Nodes with two versions of the generators share an engine; the old one has half a file of each kind. */
async function midFiles(test: TestContext, engine: TestedEngine) {
  const shared = await sharedEngine(test, engine);
  const cwd = await folderFor(test);
  const start = async (name: string, folder: string, word: string) => {
    const module = await writeVersion(join(cwd, folder), word);
    const words = ["node", "--name", name, "--port", "0", "--capacity", "1", "--generators", module];
    const env = { CARRYOUT_LEASE_MS: "1000", ...shared.env };
    const command = running(test, [...words, ...shared.words], { cwd, env });
    const [, url] = await command.until(/ (http:\S+) /);
    return { command, url: url as string };
  };
  const old = await start("old", "v1", "old");
  const visitor = new Visitor();
  const ids: Record<string, string> = {};
  for (const kind of KINDS) ids[kind] = (await visitor.started(old.url, kind, {}, kind)).id;
  const isUnderWay = ({ progress }: PublicDownload) => progress.done > 10;
  for (const id of Object.values(ids)) await visitor.until(() => [old.url], id, isUnderWay);
  const seen = (url: string, kind: string, accept: (download: PublicDownload) => boolean) =>
    visitor.until(() => [url], ids[kind] as string, accept);
  const text = async (url: string, kind: string) =>
    (await visitor.fetchFile(url, await seen(url, kind, isReady))).text;
  return { cwd, start, old, seen, text };
}

for (const engine of engines()) {
  for (const how of ["SIGTERM", "SIGKILL"] as const) {
    describe(`a deploy of changed generators in the middle of a file, the old node ended by ${how}, on ${engine}`, () => {
      it("joins no bytes of two versions", async (test) => {
        const { cwd, start, old, seen, text } = await midFiles(test, engine);
        const { url } = await start("new", "v2", "new");
        const startingAgain = seen(url, "restarts", ({ progress }) => progress.message === "Starting again");
        old.command.kill(how);
        const { progress, epoch } = await startingAgain;
        assert.ok(progress.done > 10, "the bar stays where it was");
        assert.ok(epoch > 1);
        await release(cwd);
        await seen(url, "waits", ({ progress }) => progress.message?.includes("version that began") ?? false);
        assert.equal(await text(url, "restarts"), fileOf("new"));
        assert.equal(await text(url, "goes-on"), fileOf("both"));
        // The same sources in another folder are the same revision.
        await start("same", "v1-elsewhere", "old");
        assert.equal(await text(url, "waits"), fileOf("old"));
      });
    });
  }

  describe(`generators that are changed under a running node, on ${engine}`, () => {
    it("are not used by it: it hands its work over, and reports that it must be restarted", async (test) => {
      const { cwd, start, old, text } = await midFiles(test, engine);
      const { url } = await start("same", "v1-elsewhere", "old");
      await writeVersion(join(cwd, "v1"), "changed");
      for (const pid of await generatorProcesses(old.command.child.pid as number)) signal(pid, "SIGKILL");
      await old.command.until(/source changed since this node started; restart the node/, "stderr");
      await release(cwd);
      assert.equal(await text(url, "restarts"), fileOf("old"));
      assert.equal(await text(url, "waits"), fileOf("old"));
    });
  });
}

async function generatorProcesses(node: number): Promise<number[]> {
  return eventually("processes of generators", async () => {
    const children = await childrenOf(node);
    const commands = await Promise.all(children.map((pid) => readFile(`/proc/${pid}/cmdline`, "utf8")));
    const found = children.filter((_, index) => commands[index]?.includes("process/program"));
    return found.length > 0 && found;
  });
}
