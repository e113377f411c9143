/** @module Fills the scale page and draws its plots from the raw numbers. To redo it: `node bench/scale/write.ts`. */

import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Figure } from "../support/table.ts";
import { blocksOf } from "./blocks.ts";
import { plotsOf } from "./plots.ts";
import { type Before, type Beside, type EngineCosts, LAYOUT, type Results } from "./results.ts";

const TEMPLATE = new URL("./page.md", import.meta.url);
const RESULTS = new URL("../results/", import.meta.url);
const OTHERS = ["sqlite", "postgres"];

/** Writes the page and its images into a folder. */
export async function writePage(results: Results, folder: string): Promise<Figure[]> {
  await mkdir(join(folder, "images"), { recursive: true });
  await writeFile(join(folder, "scale.md"), await scalePage(results));
  for (const [name, svg] of Object.entries(plotsOf(results))) {
    await writeFile(join(folder, "images", name), svg);
  }
  const blocks = blocksOf(results, await beside());
  return ["follow-download", "node-heap", "sync", "largest-nodes", "largest-limit"].map((name) => {
    return { what: `scale: ${name}`, measured: blocks[name]! };
  });
}

/** Writes the page again with the present results of the other engines. */
export async function writeComparison(folder: string): Promise<void> {
  const results = await publishedResults();
  if (results.layout === LAYOUT) await writePage(results, folder);
}

/** The page as plain text: `page.md`, with the figure or table in place of each `{{name}}`. */
export async function scalePage(results: Results): Promise<string> {
  if (results.layout !== LAYOUT) throw new Error("these results are of another layout: measure again");
  const blocks = blocksOf(results, await beside());
  const template = await readFile(TEMPLATE, "utf8");
  return template.replace(/\{\{([\w-]+)\}\}/g, (_all, name: string) => {
    const block = blocks[name];
    if (block !== undefined) return block;
    throw new Error(
      `unknown figure "${name}" in bench/scale/page.md (available: ${Object.keys(blocks).join(", ")})`,
    );
  });
}

export async function publishedResults(): Promise<Results> {
  return (await resultsIn<Results>("scale.json"))!;
}

/** The other results that the page shows. */
async function beside(): Promise<Beside> {
  const others = await Promise.all(OTHERS.map((name) => resultsIn<EngineCosts>(`scale-${name}.json`)));
  const before = await resultsIn<Before>("scale-before.json");
  return { before: before!, others: others.filter((each) => each !== null) };
}

async function resultsIn<Kind>(name: string): Promise<Kind | null> {
  try {
    return JSON.parse(await readFile(new URL(name, RESULTS), "utf8")) as Kind;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

if (import.meta.main) {
  const file = process.argv[2];
  const results =
    file === undefined ? await publishedResults() : (JSON.parse(await readFile(file, "utf8")) as Results);
  await writePage(results, fileURLToPath(new URL("../../docs/", import.meta.url)));
}
