import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { PostgresServer, withoutPostgres } from "../support/postgres.testing.ts";
import { freePorts } from "../support/real-cluster.ts";
import { Visitor } from "../support/visitor.ts";
import { carryout, folderFor, running } from "./command.ts";

const CONFIG = fileURLToPath(new URL("../support/cluster.config.ts", import.meta.url));
const SECRET = { CARRYOUT_SECRET: "" };

describe("the command line on PostgreSQL", { skip: withoutPostgres }, () => {
  let server: PostgresServer;
  before(async () => {
    server = await PostgresServer.start();
  });
  after(() => server?.stop());

  it("up runs a cluster, and the commands see it and drain a node", async (test) => {
    const cwd = await folderFor(test);
    const place = ["--engine", server.url, "--files", "disk:files"];
    const up = running(test, ["up", "--port", "0", "--nodes", "2", "--config", CONFIG, ...place], {
      cwd,
      env: SECRET,
    });
    const [, entry] = await up.until(/^Open (\S+)/m);
    const visitor = new Visitor();
    const { id } = await visitor.started(entry!, "lines", { lines: 3, pace: 1 });
    await visitor.until(
      () => [entry!],
      id,
      ({ state }) => state === "ready",
    );
    assert.match(await readFile(join(cwd, ".carryout", "secret"), "utf8"), /^\S{43}\n$/);
    const run = (...words: string[]) => carryout([...words, ...place], { cwd, env: SECRET });
    const listed = await run("ls", "--json");
    assert.match(listed.stdout, new RegExp(id), listed.stderr);
    const nodes = JSON.parse((await run("nodes", "--json")).stdout) as { name: string }[];
    assert.equal(nodes.length, 2);
    const drained = await run("drain", nodes[0]!.name);
    assert.equal(drained.code, 0, drained.stderr);

    const doctor = await run("doctor", "--config", CONFIG, "--json");
    const findings = JSON.parse(doctor.stdout) as { check: string; verdict: string; found: string }[];
    const verdicts = new Map(findings.map(({ check, verdict }) => [check, verdict]));
    assert.equal(verdicts.get("engine"), "ok");
    assert.equal(verdicts.get("postgresql"), "warn", "a superuser");
    for (const check of ["latency", "pooling", "durability", "transactions", "connections", "files"])
      assert.ok(verdicts.has(check), check);
  });

  it("a node without a store of files refuses to start, and says which to give", async (test) => {
    const cwd = await folderFor(test);
    const words = ["node", "--port", "0", "--config", CONFIG, "--engine", server.url];
    const { code, stderr } = await carryout(words, { cwd, env: SECRET });
    assert.equal(code, 1);
    assert.match(stderr, /PostgreSQL keeps no files: .*--files s3:\/\/BUCKET\/PREFIX or --files disk:DIR/);
  });

  it("names the server it can't reach, and all mistakes in the URL, without the password", async (test) => {
    const cwd = await folderFor(test);
    const at = (url: string) => carryout(["ls", "--engine", url, "--files", "disk:files"], { cwd });
    const away = await at(`postgres://carry:hushhush@127.0.0.1:${await freePorts(1)}/app`);
    assert.equal(away.code, 1);
    assert.match(away.stderr, /127\.0\.0\.1:\d+.*ECONNREFUSED/);
    const wrong = await at("postgres://carry:hushhush@h1/app?sslmode=prefer&shema=x");
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /unknown option "shema"; did you mean schema\?; sslmode must be/);
    for (const { stdout, stderr } of [away, wrong]) assert.doesNotMatch(stdout + stderr, /hushhush/);
  });
});
