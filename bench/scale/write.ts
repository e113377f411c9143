/** @module Fills the scale page and draws its plots from the raw numbers. To redo it: `node bench/scale/write.ts`. */

import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Figure } from "../support/table.ts";
import { blocksOf } from "./blocks.ts";
import { plotsOf } from "./plots.ts";
import type { Results } from "./results.ts";

const TEMPLATE = new URL("./page.md", import.meta.url);

/** Writes the page and its images into a folder. */
export async function writePage(results: Results, folder: string): Promise<Figure[]> {
  await mkdir(join(folder, "images"), { recursive: true });
  await writeFile(join(folder, "scale.md"), await scalePage(results));
  for (const [name, svg] of Object.entries(plotsOf(results))) {
    await writeFile(join(folder, "images", name), svg);
  }
  const blocks = blocksOf(results);
  return ["follow", "node-heap", "sync", "largest-nodes", "largest-limit"].map((name) => {
    return { what: `scale: ${name}`, measured: blocks[name]! };
  });
}

/** The page as plain text: `page.md`, with the figure or table in place of each `{{name}}`. */
export async function scalePage(results: Results): Promise<string> {
  const blocks = blocksOf(results);
  const template = await readFile(TEMPLATE, "utf8");
  return template.replace(/\{\{([\w-]+)\}\}/g, (_all, name: string) => {
    const block = blocks[name];
    if (block !== undefined) return block;
    throw new Error(
      `unknown figure "${name}" in bench/scale/page.md (available: ${Object.keys(blocks).join(", ")})`,
    );
  });
}

if (import.meta.main) {
  const file = process.argv[2] ?? fileURLToPath(new URL("../results/scale.json", import.meta.url));
  const docs = fileURLToPath(new URL("../../docs/", import.meta.url));
  await writePage(JSON.parse(await readFile(file, "utf8")) as Results, docs);
}
