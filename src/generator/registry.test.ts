import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { FIXTURES } from "./executor-contract.testing.ts";
import { defineGenerator, type Generator, type StandardSchema } from "./generator.ts";
import { loadRegistry, registryOf } from "./registry.ts";

const file = { name: "test.txt", type: "text/plain" };

function declare(kind: string, params?: StandardSchema): Generator<unknown> {
  return defineGenerator({ kind, file, run() {}, ...(params && { params }) });
}

describe("loadRegistry", () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "carryout-registry-"));
  });
  after(() => rm(folder, { recursive: true }));

  async function load(name: string, source: string) {
    const path = join(folder, name);
    await writeFile(path, source);
    return loadRegistry(path);
  }

  /** A module that depends only on the location of this one. */
  const declaring = (body: string) =>
    `import { defineGenerator } from ${JSON.stringify(new URL("./generator.ts", import.meta.url).href)};
const make = (kind: string) => defineGenerator({ kind, file: { name: "a", type: "text/plain" }, run() {} });
${body}`;

  it("collects every export that is a generator, and nothing else", async () => {
    const registry = await loadRegistry(FIXTURES);
    assert.ok(registry.kinds().includes("lines"));
    assert.equal(registry.get("lines")?.kind, "lines");
    assert.equal(registry.get("nonsense"), undefined);
    assert.equal(registry.moduleUrl, FIXTURES.href);
  });

  it("collects arrays, and counts a generator under two names once", async () => {
    const registry = await load(
      "arrays.ts",
      declaring('export const a = make("a"); export default [a, make("b")]; export const other = [1, null];'),
    );
    assert.deepEqual(registry.kinds().sort(), ["a", "b"]);
  });

  const refusals: [what: string, name: string, source: string, message: RegExp][] = [
    ["two of one kind", "twice.ts", declaring('export const all = [make("a"), make("a")];'), /kind "a" in/],
    ["no generator at all", "none.ts", "export const x = 1;\n", /none\.ts exports no generator/],
    ["TypeScript that does not parse", "a.ts", "\nconst x = ;\n", /a\.ts:2: Expression expected$/],
    ["JavaScript that does not parse", "b.mjs", "\nconst x = ;\n", /b\.mjs:2: Unexpected token ';'$/],
    [
      "syntax that would need a compiler",
      "c.ts",
      "\nenum X {}\n",
      /c\.ts:2: TypeScript enum is not supported/,
    ],
    ["a package that is not there", "d.ts", 'import "no-such";\n', /d\.ts: Cannot find package 'no-such'/],
    ["a name that is not exported", "e.ts", 'import { nope } from "node:fs";\n', /e\.ts:1: .*'nope'$/],
    ["an error while it loads", "f.ts", "\n\nthrow new Error('no key');\n", /f\.ts:3: no key$/],
    ["text that is no JSON", "h.ts", "\n\nJSON.parse('{');\n", /h\.ts:3: Expected property name/],
    [
      "a declaration that can't work",
      "g.ts",
      declaring('\nexport const a = make("a b");'),
      /g\.ts:2: a generator's kind/,
    ],
  ];
  for (const [what, name, source, message] of refusals) {
    it(`refuses ${what}, in one line`, async () => {
      await assert.rejects(load(name, source), (error: Error & { code: string }) => {
        assert.equal(error.code, "invalid-config");
        assert.match(error.message, message);
        assert.doesNotMatch(error.message, /\n/);
        return true;
      });
    });
  }

  it("runs a module once, also one that fails by a syntax error while it runs", async () => {
    const witness = join(folder, "witness.txt");
    const note = `import { appendFileSync } from "node:fs";\nappendFileSync(${JSON.stringify(witness)}, "ran ");\n`;
    await assert.rejects(load("once.mjs", `${note}new Function("(");\n`), { code: "invalid-config" });
    assert.equal(await readFile(witness, "utf8"), "ran ");
  });

  it("refuses a module that is not there", async () => {
    const path = join(folder, "absent.ts");
    await assert.rejects(loadRegistry(path), {
      code: "invalid-config",
      message: `module not found: ${path}`,
    });
  });
});

describe("registryOf", () => {
  it("refuses two of one kind", () => {
    assert.throws(() => registryOf([declare("a"), declare("a")]), { code: "invalid-config" });
  });
});
