import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { pack } from "./packed.ts";

const top = fileURLToPath(new URL("../..", import.meta.url));

describe("the package as it would be published", () => {
  const packed = pack(["@types/node", "undici-types"]);
  after(() => rmSync(packed.project, { recursive: true }));
  const run = (words: string[]) =>
    spawnSync(process.execPath, words, { cwd: packed.project, encoding: "utf8" });

  it("passes publint", async () => {
    const { messages, pkg } = await publint({ pkgDir: packed.dir, strict: true });
    // A condition of `imports` instead would make the sources depend on what was built from them.
    const faults = messages.filter(({ code }) => code !== "USE_EXPORTS_OR_IMPORTS_BROWSER");
    assert.deepEqual(
      faults.map((message) => formatMessage(message, pkg)),
      [],
    );
  });

  it("has types that resolve for every entry", async () => {
    const data = new Uint8Array(readFileSync(packed.tarball));
    const { exports } = JSON.parse(readFileSync(join(packed.dir, "package.json"), "utf8")) as {
      exports: object;
    };
    const entrypoints = Object.keys(exports).filter((entry) => !/\.(json|css)$/.test(entry));
    const analysis = await checkPackage(createPackageFromTarballData(data), { entrypoints });
    assert.ok(analysis.types, "it has types");
    // CommonJS in older Nodes can't require an ES module, and Node 10 ignores exports: both are intended.
    const meant = ["CJSResolvesToESM", "NoResolution"];
    const faults = analysis.problems.filter(
      (problem) =>
        !(
          meant.includes(problem.kind) &&
          "resolutionKind" in problem &&
          problem.resolutionKind !== "bundler"
        ),
    );
    assert.deepEqual(faults, []);
  });

  it("type-checks in a project that has only the package's dependencies", () => {
    copyFileSync(new URL("./consumer.ts", import.meta.url), join(packed.project, "consumer.ts"));
    writeFileSync(
      join(packed.project, "tsconfig.json"),
      JSON.stringify({
        compilerOptions: {
          strict: true,
          module: "nodenext",
          target: "es2024",
          lib: ["es2024", "esnext.disposable", "dom", "dom.iterable"],
          types: ["node"],
          noEmit: true,
          skipLibCheck: false,
          preserveSymlinks: false,
        },
        files: ["consumer.ts"],
      }),
    );
    const { stdout, status } = run([join(top, "node_modules/typescript/bin/tsc"), "-p", "."]);
    assert.equal(status, 0, stdout);
  });

  for (const [needs, options, install] of [
    ["an engine", 'engine: "nats://127.0.0.1:1"', "@nats-io/transport-node @nats-io/jetstream"],
    ["a file store", 'engine: "memory:", files: "s3://bucket/x"', "@aws-sdk/client-s3"],
  ] as const) {
    it(`says how to install an optional peer dependency that ${needs} needs`, () => {
      const program = `import { openNode } from "carryout"; await openNode({ ${options} });`;
      const { stderr, status } = run(["--input-type=module", "--eval", program]);
      assert.notEqual(status, 0);
      assert.match(stderr, new RegExp(`run: npm install ${install}$`, "m"));
    });
  }

  it("has a client that browsers can load: it imports nothing but its own files", () => {
    const dir = join(packed.dir, "dist/client");
    const scripts = packed.files.filter((path) => /^dist\/client\/.*\.js$/.test(path));
    assert.ok(scripts.includes("dist/client/index.js"));
    for (const path of scripts) {
      const source = readFileSync(join(packed.dir, path), "utf8").replace(/\/\*.*?\*\//gs, "");
      const imported = [...source.matchAll(/\bfrom "([^"]+)"|\bimport\("([^"]+)"\)/g)].map(
        ([, a, b]) => a ?? b,
      );
      for (const name of imported) assert.ok(existsSync(join(dir, name ?? "")), `${path} imports ${name}`);
    }
  });

  it("contains no images, tests or test helpers", () => {
    const unwanted = packed.files.filter((path) => /\.(png|svg)$|\.test\.|\.testing\./.test(path));
    assert.deepEqual(unwanted, []);
  });
});
