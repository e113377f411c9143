/**
 * Builds `dist/`: the server's JavaScript by tsc, and the browser files in `dist/assets`. Plain JavaScript, so that
 * any Node that can run vite can run it.
 */

import { spawn } from "node:child_process";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { brotliCompress, gzipSync } from "node:zlib";
import { build } from "vite";
import { compactCss } from "./compact.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const assets = join(root, "dist/assets");

/** Compressed by Brotli: what a visitor downloads on the first visit. Forms and other languages than English come when needed. */
const MOST_BYTES = {
  "client, button and tray": 20_000,
  "elements.js": 22_000,
  "elements.js with carryout.css": 25_500,
  "export-kit.js": 4_500,
};

async function main() {
  process.chdir(root);
  const begun = performance.now();
  await rm(join(root, "dist"), { recursive: true, force: true });
  await mkdir(assets, { recursive: true });
  await Promise.all([compileServer(), bundleBrowser()]);
  await writePageCss();
  await checkSizes();
  await compressAssets();
  console.log(`built in ${((performance.now() - begun) / 1_000).toFixed(1)} s`);
}

function compileServer() {
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  return new Promise((resolve, reject) => {
    const compiler = spawn(process.execPath, [tsc, "-p", "tsconfig.build.json"], { stdio: "inherit" });
    compiler.on("error", reject);
    compiler.on("exit", (code) =>
      code === 0 ? resolve() : reject(new Error(`tsc found errors (exit code ${code})`)),
    );
  });
}

async function bundleBrowser() {
  for (const mode of ["elements", "form", "client", "cluster", "styles"])
    await build({ mode, configFile: "vite.config.ts" });
}

/** Styles of the elements' initial state, from the same source as those of their shadow trees. */
async function writePageCss() {
  const { pageSections } = await import(pathToFileURL(join(root, "dist/ui/styles.js")).href);
  const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
  const css = [`/*! carryout ${version} */`, ...pageSections.map(compactCss)].join("\n");
  await writeFile(join(assets, "carryout.css"), css);
}

/** For the nodes, which send them to browsers that accept Brotli. */
async function compressAssets() {
  for (const name of await readdir(assets)) {
    const compressed = await compress(await readFile(join(assets, name)));
    await writeFile(join(assets, `${name}.br`), compressed);
  }
}

const compress = promisify(brotliCompress);

async function checkSizes() {
  const tooLarge = [];
  const report = (name, sizes) => {
    const text = Object.entries(sizes).map(([coding, bytes]) => `${coding} ${bytes}`);
    console.log(`  ${name.padEnd(36)} ${text.join(", ")}`);
    if (sizes.brotli > (MOST_BYTES[name] ?? Number.POSITIVE_INFINITY))
      tooLarge.push(`${name}: ${sizes.brotli}`);
  };
  const files = {};
  for (const name of (await readdir(assets)).sort()) {
    files[name] = await sizesOf(await readFile(join(assets, name)));
    report(name, files[name]);
  }
  report("elements.js with carryout.css", sum(files["elements.js"], files["carryout.css"]));
  report("client, button and tray", await sizesOf(Buffer.from(await bundleButtonAndTray())));
  if (tooLarge.length > 0) throw new Error(`larger than allowed: ${tooLarge.join(", ")}`);
}

async function sizesOf(bytes) {
  const { byteLength: gzip } = gzipSync(bytes, { level: 9 });
  return { plain: bytes.byteLength, gzip, brotli: (await compress(bytes)).byteLength };
}

function sum(a, b) {
  return Object.fromEntries(Object.entries(a).map(([coding, bytes]) => [coding, bytes + b[coding]]));
}

/** For its size only. */
async function bundleButtonAndTray() {
  const entry = "carryout:button-and-tray";
  const code = ["button", "tray"].map((name) => {
    const file = JSON.stringify(join(root, `src/ui/${name}-element.ts`));
    const element = `Carryout${name[0].toUpperCase()}${name.slice(1)}`;
    return `import { ${element} } from ${file}; customElements.define("carryout-${name}", ${element});`;
  });
  const plugin = {
    name: "button-and-tray",
    resolveId: (id) => (id.endsWith(entry) ? entry : null),
    load: (id) => (id === entry ? code.join("\n") : null),
  };
  const [{ output }] = await build({
    mode: "elements",
    configFile: "vite.config.ts",
    plugins: [plugin],
    build: { write: false, lib: { entry: { elements: entry } } },
  });
  return output.find((chunk) => chunk.isEntry).code;
}

main().catch((error) => {
  console.error(`build failed: ${error.message ?? error}`);
  process.exitCode = 1;
});
