import assert from "node:assert/strict";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build, type Rolldown } from "vite";
import { pack } from "./packed.ts";

/** Compressed, without the framework and without the elements, which are loaded when they are needed. */
const MOST_BYTES = 14_000;

describe("the entries for frameworks, as they would be published", () => {
  const place = fileURLToPath(new URL("../../.carryout", import.meta.url));
  mkdirSync(place, { recursive: true });
  const { project, dir, files } = pack([], place);
  after(() => rmSync(project, { recursive: true, force: true }));

  it("are marked for React's client, wherever they use it", () => {
    const scripts = files.filter((path) => /^dist\/react\/.*\.js$/.test(path) && !path.endsWith("/index.js"));
    assert.ok(scripts.length >= 4, scripts.join());
    for (const path of scripts) assert.match(readFileSync(join(dir, path), "utf8"), /^"use client";\n/, path);
  });

  for (const framework of ["react", "vue", "svelte"]) {
    it(`${framework}: are small in a browser, and have no words of the server's HTML`, async () => {
      const entry = join(project, `${framework}.js`);
      writeFileSync(entry, `export * from "carryout/${framework}";`);
      const outputs = await build({
        configFile: false,
        logLevel: "error",
        build: {
          write: false,
          minify: true,
          lib: { entry, formats: ["es"], fileName: framework },
          rolldownOptions: { external: [/^(react|vue|svelte)(\/|$)/, "carryout/elements"] },
        },
      });
      const [{ output }] = outputs as Rolldown.RolldownOutput[] as [Rolldown.RolldownOutput];
      const code = output.map((chunk) => ("code" in chunk ? chunk.code : "")).join("\n");
      assert.match(code, /import\(["'`]carryout\/elements["'`]\)/);
      assert.doesNotMatch(code, /<form|herunterladen/i);
      const size = gzipSync(code).length;
      assert.ok(size <= MOST_BYTES, `${size} bytes`);
    });
  }
});
