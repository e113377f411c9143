import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { Script } from "node:vm";
import { program } from "../../src/cli/program.ts";
import { processTerminal } from "../../src/cli/terminal.ts";
import { SETTINGS } from "../../src/config/settings.ts";
import { NATS_VARIABLES } from "../../src/engines/nats/jetstream/variables.ts";
import { type Block, blocksOf, pathOf, textOf } from "./page.ts";

const PAGES = ["README.md", "CONTRIBUTING.md", "deploy/README.md", ...below("docs", ".md")];
const blocks = PAGES.flatMap(blocksOf);
const scripts: Readonly<Record<string, string>> = JSON.parse(textOf("package.json")).scripts;
const { commands } = program({ env: {}, terminal: processTerminal(), exitCode: 0 });
const VARIABLES: readonly string[] = [
  ...NATS_VARIABLES,
  ...Object.values(SETTINGS).flatMap(({ environment }) => [...environment]),
];

function below(folder: string, ending: string): string[] {
  return readdirSync(pathOf(folder), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(ending))
    .map((path) => `${folder}/${path}`);
}

function inLanguage(...languages: string[]): Block[] {
  return blocks.filter(({ language }) => languages.includes(language));
}

/** Examples are type-checked with everything else, and have tests of their own. */
describe("code on the pages is taken from the examples", () => {
  const endings = [".ts", ".tsx", ".vue", ".svelte"];
  const examples = endings.flatMap((ending) => below("examples", ending)).map(textOf);
  for (const { page, text } of inLanguage("ts", "js", "tsx", "vue", "svelte")) {
    it(`${page}: ${text.split("\n")[0]}`, () => {
      assert.ok(
        examples.some((example) => example.includes(text)),
        `no file below examples has:\n${text}`,
      );
    });
  }
});

describe("commands of the pages", () => {
  for (const { page, text } of inLanguage("sh")) {
    for (const line of text.replaceAll("\\\n", " ").split("\n")) {
      const words = line.replace(/ #.*$/, "").trim().split(/\s+/);
      it(`${page}: ${line.trim().slice(0, 60)}`, () => checkCommand(words));
    }
  }

  function checkCommand(words: readonly string[]): void {
    for (const [, variable] of words.join(" ").matchAll(/\b(CARRYOUT_\w+)=/g)) {
      assert.ok(VARIABLES.includes(variable!), variable);
    }
    const [name, ...rest] = words.filter((word) => !/^[A-Z_]+=/.test(word));
    if (name === "npm") {
      const [verb = "", script] = rest;
      if (verb === "install") return;
      assert.ok((verb === "run" ? (script ?? "") : verb) in scripts, words.join(" "));
    } else if (name === "carryout") {
      const command = commands.find((candidate) => candidate.name() === rest[0]);
      assert.ok(command, rest[0]);
      for (const flag of rest.filter((word) => word.startsWith("--"))) {
        assert.ok(
          command.options.some(({ long }) => long === flag.split("=")[0]),
          flag,
        );
      }
    } else assert.ok(name === undefined || name === "" || name.startsWith("#"), `unknown program ${name}`);
  }
});

it("all pages name the same Node version as the package", () => {
  const { node }: { node: string } = JSON.parse(textOf("package.json")).engines;
  const [least] = /\d+/.exec(node) ?? [];
  for (const page of PAGES) {
    for (const [words, version] of textOf(page).matchAll(/\bNode(?:\.js)? v?(\d+)/g)) {
      assert.equal(version, least, `${page}: ${words}`);
    }
  }
});

it("scripts in the pages' markup parse", () => {
  for (const { text } of inLanguage("html")) {
    for (const [, script] of text.matchAll(/<script type="module">(.*?)<\/script>/gs)) new Script(script!);
  }
});

describe("nginx's configuration on the pages", () => {
  const folder = mkdtempSync(join(tmpdir(), "carryout-docs-"));
  after(() => rmSync(folder, { recursive: true }));
  const { error } = spawnSync("nginx", ["-v"]);
  const skip = error !== undefined && process.env.CI !== "true" && "nginx is missing";

  for (const { page, text } of inLanguage("nginx")) {
    it(`${page} is accepted by nginx`, { skip }, () => {
      const path = join(folder, "nginx.conf");
      const [, inServer = ""] = /^# in the server: (.*)$/m.exec(text) ?? [];
      // nginx resolves host names when it reads a configuration.
      const upstreams = text.replaceAll(/\bserver n\d:/g, "server 127.0.0.1:");
      const server = `server { listen 127.0.0.1:1; location / { ${inServer} } }`;
      const logs = `error_log ${folder}/error.log; pid ${folder}/nginx.pid;`;
      const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map((what) => `${what}_temp_path ${folder}/${what};`)
        .join(" ");
      writeFileSync(
        path,
        `${logs}\nevents {}\nhttp { access_log off; ${temporary}\n${upstreams}\n${server} }\n`,
      );
      const { status, stderr } = spawnSync("nginx", ["-t", "-e", join(folder, "error.log"), "-c", path]);
      assert.equal(status, 0, String(stderr));
    });
  }
});
