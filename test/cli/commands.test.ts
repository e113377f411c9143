import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { linesText } from "../support/cluster-generators.ts";
import { carryout, type Ended, folderFor, RunningCommand, running } from "./command.ts";

const CONFIG = fileURLToPath(new URL("../support/cluster.config.ts", import.meta.url));

interface Shown {
  id: string;
  user: string;
  state: string;
  node: string | null;
}

describe("commands about a running cluster", () => {
  let cwd: string;

  const ends: (() => Promise<void>)[] = [];
  const suite = { after: (end: () => Promise<void>) => void ends.unshift(end) };

  before(async () => {
    cwd = await folderFor(suite);
    const up = running(suite, ["up", "--port", "0", "--nodes", "2", "--config", CONFIG], { cwd });
    await up.until(/^Open /m);
  });
  after(async () => {
    for (const end of ends) await end();
  });

  async function run(...words: string[]): Promise<Ended> {
    return carryout([...words, "--config", CONFIG], { cwd });
  }

  async function answer<Value>(...words: string[]): Promise<Value> {
    const { code, stdout, stderr } = await run(...words, "--json");
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout) as Value;
  }

  it("escape control characters in visitors' text", async () => {
    const user = "\u001b[1A\u001b[2K\u009b1A\u202e";
    const { id } = await answer<Shown>("start", "lines", "--user", user, "--param", "lines=1", "--wait");
    for (const words of [["ls"], ["show", id], ["ls", "--json"], ["watch", id]]) {
      const { stdout, stderr } = await run(...words);
      assert.match(stdout, words[0] === "watch" ? /ready/ : /\\u001b\[2K\\u009b1A\\u202e/, words.join(" "));
      assert.doesNotMatch((stdout + stderr).replaceAll("\n", ""), /[\p{Cc}\u202e]/u, words.join(" "));
    }
    const listed = await answer<Shown[]>("ls", "--user", user);
    assert.equal(listed[0]?.user, user, "and programs get what it was");
  });

  /** A download that takes a minute once a node runs it. */
  async function slow(user: string): Promise<string> {
    const { id } = await answer<Shown>(
      "start",
      "lines",
      "--user",
      user,
      "--param",
      "lines=6000",
      "--param",
      "pace=10",
    );
    return id;
  }

  it("nodes lists the living nodes", async () => {
    const nodes = await answer<{ name: string; pid: number }[]>("nodes");
    assert.deepEqual(
      nodes.map(({ name }) => name),
      ["n1", "n2"],
    );
    assert.match((await run("nodes")).stdout, /^n1 .*0 of 2\nn2 .*0 of 2$/m);
  });

  it("start --output waits, reports progress, and writes exactly the file", async () => {
    const params = ["--param", "lines:=50", "--param", "pace:=5", "--param", "seed=cli"];
    const { code, stdout, stderr } = await run(
      "start",
      "lines",
      ...params,
      "--user",
      "one",
      "--output",
      "out.txt",
    );
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^[\w-]{22}\n$/);
    assert.match(stderr, /^processing /m);
    assert.equal(await readFile(join(cwd, "out.txt"), "utf8"), linesText("cli", 50));
    assert.deepEqual(
      (await readdir(cwd)).filter((name) => name.endsWith(".part")),
      [],
    );
  });

  it("start --output - writes the file and nothing else to standard output", async () => {
    const { stdout } = await run(
      "start",
      "lines",
      "--params",
      '{"lines":3,"seed":"out"}',
      "--user",
      "two",
      "--output",
      "-",
    );
    assert.equal(stdout, linesText("out", 3));
  });

  it("start joins an equal running download and refuses another in the same slot", async () => {
    const id = await slow("joiner");
    assert.equal(await slow("joiner"), id);
    const { code, stderr } = await run("start", "whole", "--user", "joiner");
    assert.equal(code, 1);
    assert.match(stderr, /^carryout: A different download \(lines\) is running in this slot/);
    await run("cancel", id);
  });

  it("start reports unknown kinds and bad parameters at once", async () => {
    const unknown = await run("start", "lins");
    assert.equal(unknown.code, 1);
    assert.match(unknown.stderr, /unknown kind "lins" \(available: .*\blines\b/);
    const invalid = await run("start", "lines", "--param", "lines=none");
    assert.equal(invalid.code, 1);
    assert.match(invalid.stderr, /^carryout: parameters of lines: lines: /);
  });

  it("start --wait ends with 1 when the download fails", async () => {
    const { code, stderr } = await run("start", "throws", "--user", "unlucky", "--wait");
    assert.equal(code, 1);
    assert.match(stderr, /failed: The file could not be generated\. Reference: /);
  });

  it("ls, show and cancel find the same download, by its id or a prefix of it", async () => {
    const id = await slow("lister");
    const listed = await answer<Shown[]>("ls", "--user", "lister");
    assert.deepEqual(
      listed.map((download) => download.id),
      [id],
    );
    assert.match((await run("ls", "--user", "lister")).stdout, new RegExp(`^${id} +p`, "m"));
    assert.equal((await answer<Shown>("show", id.slice(0, 12))).user, "lister");
    assert.match((await run("show", id)).stdout, /^kind +lines$/m);
    assert.equal((await run("cancel", id)).stdout, `cancelled ${id}\n`);
    const { code, stderr } = await run("show", id);
    assert.equal(code, 1);
    assert.match(stderr, /unknown download/);
  });

  it("watch prints a line for each change and ends on Ctrl-C", async () => {
    const watch = new RunningCommand(["watch", "--user", "watched", "--config", CONFIG], { cwd });
    const id = await slow("watched");
    await watch.until(new RegExp(`${id} {2}processing`));
    await run("cancel", id);
    await watch.until(new RegExp(`${id} {2}removed`));
    watch.kill("SIGINT");
    assert.equal((await watch.ended).code, 0);
  });

  it("watch ID ends with the download, and prints JSON with --json", async () => {
    const { id } = await answer<Shown>("start", "lines", "--user", "ending", "--param", "lines=150");
    const { code, stdout } = await run("watch", id, "--json");
    assert.equal(code, 0);
    const last = JSON.parse(stdout.trim().split("\n").at(-1) as string) as { download: Shown };
    assert.equal(last.download.state, "ready");
  });

  it("drain moves a node's downloads away; doctor finds no problem", async () => {
    const id = await slow("moved");
    const before = await answer<Shown>("show", id);
    const name = (before.node ?? "n1/").split("/")[0] as string;
    const { code, stderr } = await run("drain", name);
    assert.equal(code, 0, stderr);
    const nodes = await answer<{ name: string; draining: boolean; running: number }[]>("nodes");
    const drained = nodes.find((node) => node.name === name);
    assert.deepEqual([drained?.draining, drained?.running], [true, 0]);
    const watch = new RunningCommand(["watch", id, "--config", CONFIG], { cwd });
    await watch.until(new RegExp(`${id} {2}processing .*n[12], epoch`));
    watch.kill("SIGINT");
    await watch.ended;
    const doctor = await run("doctor");
    assert.equal(doctor.code, 0, doctor.stdout);
    assert.match(doctor.stdout, /^ok +files +a file was written, read back and removed$/m);
    assert.match(doctor.stdout, /^ok +nodes +n1, n2 alive$/m);
    await run("cancel", id);
  });

  it("drain of an unknown node lists the known ones", async () => {
    const { code, stderr } = await run("drain", "n9");
    assert.equal(code, 1);
    assert.match(stderr, /unknown node "n9" \(alive: n1, n2\)/);
  });
});
