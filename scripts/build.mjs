/**
 * Builds `dist/`: the server's JavaScript by tsc, and the browser files in `dist/assets`. Plain JavaScript, so that
 * any Node that can run vite can run it.
 */

import { spawn } from "node:child_process";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { build } from "vite";

const root = fileURLToPath(new URL("..", import.meta.url));
const assets = join(root, "dist/assets");

/** Gzipped, in KiB. A visitor downloads it on the first visit. */
const MOST_KIB = { "elements.js": 60 };

async function main() {
  process.chdir(root);
  const begun = performance.now();
  await rm(join(root, "dist"), { recursive: true, force: true });
  await mkdir(assets, { recursive: true });
  await Promise.all([compileServer(), bundleBrowser()]);
  await writePageCss();
  await checkSizes();
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
  for (const mode of ["elements", "client", "cluster", "styles"])
    await build({ mode, configFile: "vite.config.ts" });
}

/** Styles of the elements' initial state, from the same source as those of their shadow trees. */
async function writePageCss() {
  const { pageCss } = await import(pathToFileURL(join(root, "dist/ui/styles.js")).href);
  await writeFile(join(assets, "carryout.css"), pageCss);
}

async function checkSizes() {
  const tooLarge = [];
  for (const name of (await readdir(assets)).sort()) {
    const bytes = await readFile(join(assets, name));
    const kib = (await promisify(gzip)(bytes)).byteLength / 1024;
    console.log(
      `  ${name.padEnd(14)} ${(bytes.byteLength / 1024).toFixed(1).padStart(7)} KiB, gzipped ${kib.toFixed(1)}`,
    );
    if (kib > (MOST_KIB[name] ?? Number.POSITIVE_INFINITY)) tooLarge.push(name);
  }
  if (tooLarge.length > 0) throw new Error(`larger than allowed: ${tooLarge.join(", ")}`);
}

main().catch((error) => {
  console.error(`build failed: ${error.message ?? error}`);
  process.exitCode = 1;
});
