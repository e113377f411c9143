import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { runCommandLine } from "./program.ts";
import type { Terminal } from "./terminal.ts";

const COMMANDS = [
  "up",
  "node",
  "ls",
  "show",
  "watch",
  "start",
  "cancel",
  "nodes",
  "drain",
  "doctor",
  "check",
];

const folder = mkdtempSync(join(tmpdir(), "carryout-program-"));
after(() => rmSync(folder, { recursive: true }));

async function run(words: string[], env: Record<string, string> = {}) {
  const answers: string[] = [];
  const said: string[] = [];
  const terminal: Terminal = {
    answer: (line) => void answers.push(line),
    say: (line) => void said.push(line),
    bytes: async () => {},
    redraw: () => {},
    isInteractive: false,
  };
  const code = await runCommandLine(words, env, terminal);
  return { code, stdout: answers.join("\n"), stderr: said.join("\n") };
}

describe("help", () => {
  it("names every command", async () => {
    const { code, stdout } = await run(["--help"]);
    assert.equal(code, 0);
    for (const name of COMMANDS) assert.match(stdout, new RegExp(`^ {2}${name} `, "m"));
  });

  for (const name of COMMANDS) {
    it(`of ${name} explains it and shows an example that begins with the command`, async () => {
      const { code, stdout } = await run([name, "--help"]);
      assert.equal(code, 0);
      assert.match(stdout, new RegExp(`^Usage: (carryout )?${name}`));
      assert.match(stdout, new RegExp(`Examples:\\n.*carryout ${name}`));
    });
  }
});

describe("wrong usage ends with 2 and says what to try", () => {
  for (const [words, reason] of [
    [["lss"], /unknown command 'lss'[\s\S]*Did you mean ls\?/],
    [["ls", "--stat", "ready"], /unknown option '--stat'/],
    [["ls", "--state", "running"], /Allowed choices are pending, processing, ready, error/],
    [["show"], /missing required argument 'id'/],
    [["start", "fake", "--params", "{"], /Not valid JSON/],
    [["start", "fake", "--param", "country"], /Expected name=value/],
    [["start", "fake", "--param", "a=1", "--params", "{}"], /not both/],
    [["start", "fake", "--json", "--output", "-"], /both write to standard output/],
    [["check", "--params", "{}"], /--params are those of one kind/],
    [["check", "--runs", "0"], /Expected a whole number from 1/],
    [["up", "--port", "high"], /--port: expected a port from 0 to 65535/],
  ] as [string[], RegExp][]) {
    it(words.join(" "), async () => {
      const { code, stdout, stderr } = await run(words);
      assert.equal(code, 2, stderr);
      assert.match(stderr, reason);
      assert.equal(stdout, "");
    });
  }
});

describe("a failure ends with 1 and one sentence", () => {
  it("for an engine that other processes can't observe", async () => {
    const { code, stderr } = await run(["ls", "--engine", "memory:"]);
    assert.equal(code, 1);
    assert.match(stderr, /^carryout: the engine memory: lives inside one process/);
  });

  it("for a folder that holds no data", async () => {
    const { code, stderr } = await run(["ls", "--engine", `sqlite:${folder}`]);
    assert.equal(code, 1);
    assert.match(stderr, /^carryout: .* holds no cluster data/);
    assert.doesNotMatch(stderr, /\n/);
  });

  it("for settings in the environment, and shows a stack only when asked", async () => {
    const env = { CARRYOUT_LEASE_MS: "soon" };
    const quiet = await run(["nodes"], env);
    assert.equal(quiet.code, 1);
    assert.match(quiet.stderr, /^carryout: CARRYOUT_LEASE_MS: expected/);
    assert.doesNotMatch(quiet.stderr, /^\s+at /m);
    assert.match((await run(["nodes"], { ...env, CARRYOUT_DEBUG: "1" })).stderr, /^\s+at /m);
  });
});

describe("doctor", () => {
  it("finds nothing wrong before the first start", async () => {
    const { code, stdout } = await run(["doctor", "--port", "0", "--engine", `sqlite:${folder}/new`]);
    assert.equal(code, 0, stdout);
    for (const check of ["node", "settings", "data folder", "engine", "port"]) {
      assert.match(stdout, new RegExp(`^ok +${check} `, "m"));
    }
    assert.match(stdout, /^warn +generators/m);
  });

  it("says that a data folder is open to other users", async () => {
    if (process.platform === "win32") return;
    mkdirSync(join(folder, "open"));
    chmodSync(join(folder, "open"), 0o755);
    const { stdout } = await run(["doctor", "--port", "0", "--engine", `sqlite:${join(folder, "open")}`]);
    assert.match(stdout, /^warn +data folder .* open to other users \(mode 755\)/m);
  });

  it("fails for broken generators and says where", async () => {
    const file = join(folder, "broken.ts");
    writeFileSync(file, "export const a = ;\n");
    const { code, stdout } = await run(["doctor", "--generators", file, "--engine", "memory:", "--json"]);
    assert.equal(code, 1);
    const findings: { check: string; verdict: string; found: string }[] = JSON.parse(stdout);
    const generators = findings.find(({ check }) => check === "generators");
    assert.equal(generators?.verdict, "fail");
    assert.match(generators?.found ?? "", /broken\.ts:1/);
  });

  it("fails for settings that can't be used", async () => {
    const { code, stdout } = await run(["doctor"], { PORT: "x" });
    assert.equal(code, 1);
    assert.match(stdout, /^fail +settings +PORT: expected/m);
  });
});
