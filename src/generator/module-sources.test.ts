import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { pathToFileURL } from "node:url";
import { ModuleSources } from "./module-sources.ts";

const FILES = {
  "app/generators.ts": `
    import { b } from "../shared/b.ts";
    import data from "./data.json" with { type: "json" };
    import { installed } from "installed";
    import { createRequire } from "node:module";
    const { c } = createRequire(import.meta.url)("./c.cjs");
    const { later } = await import("./later.ts");
    export const all: unknown[] = [b, data, installed, c, later];`,
  "app/data.json": '{ "a": 1 }',
  "app/c.cjs": "exports.c = 1;",
  "app/later.ts": "export const later = 1;",
  "app/unused.ts": "export const unused = 1;",
  "app/node_modules/installed/package.json": '{ "type": "module", "exports": "./index.js" }',
  "app/node_modules/installed/index.js": "export const installed = 1;",
  "shared/b.ts": "export const b = 1;",
};

/** The revision of these files in a separate folder. */
async function revisionOf(t: TestContext, changes: Record<string, string> = {}, entry = "app/generators.ts") {
  const root = await mkdtemp(join(tmpdir(), "carryout-sources-"));
  t.after(() => rm(root, { recursive: true }));
  for (const [name, text] of Object.entries({ ...FILES, ...changes })) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), text);
  }
  const url = pathToFileURL(join(root, entry)).href;
  const sources = new ModuleSources(url);
  await import(url);
  return sources.end();
}

describe("the revision of a generators module", () => {
  it("is the same for the same sources in another folder", async (t) => {
    const revision = await revisionOf(t);
    assert.match(revision, /^[0-9a-f]{32}$/);
    assert.equal(await revisionOf(t), revision);
  });

  it("changes with each module, JSON and required file that was loaded, whatever its location", async (t) => {
    const seen = new Set([await revisionOf(t)]);
    for (const name of ["app/data.json", "app/c.cjs", "app/later.ts", "shared/b.ts"] as const) {
      seen.add(await revisionOf(t, { [name]: FILES[name].replace("1", "2") }));
    }
    assert.equal(seen.size, 5);
  });

  it("does not change with what was not loaded, nor with installed packages", async (t) => {
    const revision = await revisionOf(t);
    const changes = {
      "app/unused.ts": "export const unused = 2;",
      "app/node_modules/installed/index.js": "export const installed = 2;",
    };
    assert.equal(await revisionOf(t, changes), revision);
  });

  it("covers a generators module that is itself an installed package, without those below it", async (t) => {
    const entry = "node_modules/@scope/reports/index.js";
    const below = "node_modules/@scope/reports/node_modules/dep/index.js";
    const files = {
      [entry]: 'export { dep } from "dep"; export { own } from "./own.js";',
      "node_modules/@scope/reports/own.js": "export const own = 1;",
      "node_modules/@scope/reports/package.json": '{ "type": "module" }',
      "node_modules/@scope/reports/node_modules/dep/package.json":
        '{ "type": "module", "exports": "./index.js" }',
      [below]: "export const dep = 1;",
    };
    const revision = await revisionOf(t, files, entry);
    assert.equal(await revisionOf(t, { ...files, [below]: "export const dep = 2;" }, entry), revision);
    const changed = { ...files, "node_modules/@scope/reports/own.js": "export const own = 2;" };
    assert.notEqual(await revisionOf(t, changed, entry), revision);
  });
});
