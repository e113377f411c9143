/**
 * Builds `dist/`: the server's JavaScript by tsc, and the browser files in `dist/assets`. Plain JavaScript, so that
 * any Node that can run vite can run it.
 */

import { spawn } from "node:child_process";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { brotliCompress } from "node:zlib";
import { build } from "vite";

const root = fileURLToPath(new URL("..", import.meta.url));
const assets = join(root, "dist/assets");

/** Compressed by Brotli, in bytes: what a visitor downloads on the first visit. */
const MOST_BYTES = { "elements.js": 27_000, "export-kit.js": 4_300, "the elements without the form": 24_700 };

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
  const { pageCss } = await import(pathToFileURL(join(root, "dist/ui/styles.js")).href);
  await writeFile(join(assets, "carryout.css"), pageCss);
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
  const check = async (name, bytes) => {
    const compressed = (await compress(bytes)).byteLength;
    console.log(`  ${name.padEnd(30)} ${bytes.byteLength} bytes, compressed ${compressed}`);
    if (compressed > (MOST_BYTES[name] ?? Number.POSITIVE_INFINITY)) tooLarge.push(`${name}: ${compressed}`);
  };
  for (const name of (await readdir(assets)).sort()) await check(name, await readFile(join(assets, name)));
  await check("the elements without the form", Buffer.from(await bundleWithoutForm()));
  if (tooLarge.length > 0) throw new Error(`larger than allowed: ${tooLarge.join(", ")}`);
}

/** For its size only: client, button, progress and tray. */
async function bundleWithoutForm() {
  const entry = "carryout:elements";
  const classes = { CarryoutButton: "button", CarryoutProgress: "progress", CarryoutTray: "tray" };
  const code = Object.entries(classes).map(
    ([name, file]) => `export { ${name} } from ${JSON.stringify(join(root, `src/ui/${file}-element.ts`))};`,
  );
  const plugin = {
    name: "without-form",
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
