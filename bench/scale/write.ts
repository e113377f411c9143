/** @module Fills the scale page and draws its plots from the raw numbers: `node bench/scale/write.ts` does it again. */

import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Figure } from "../support/table.ts";
import { blocksOf } from "./blocks.ts";
import { plotsOf } from "./plots.ts";
import type { Results } from "./results.ts";

const PAGE = "scale.md";

/** Reads the page in one folder, and writes it, filled, and its images into another, or the same. */
export async function writePage(
  results: Results,
  { from, to }: { from: string; to: string },
): Promise<Figure[]> {
  const blocks = blocksOf(results);
  const page = await readFile(join(from, PAGE), "utf8");
  await mkdir(join(to, "images"), { recursive: true });
  await writeFile(join(to, PAGE), filled(page, blocks));
  for (const [name, svg] of Object.entries(plotsOf(results))) await writeFile(join(to, "images", name), svg);
  return ["follow", "node-heap", "sync", "largest-nodes", "largest-limit"].map((name) => {
    return { what: `scale: ${name}`, measured: blocks[name]! };
  });
}

/** What stands between `<!-- name -->` and `<!-- /name -->` is replaced, whatever it was. */
export function filled(page: string, blocks: Readonly<Record<string, string>>): string {
  return page.replace(/<!-- ([\w-]+) -->.*?<!-- \/\1 -->/gs, (_all, name: string) => {
    const block = blocks[name];
    if (block === undefined)
      throw new Error(`nothing is called ${name}: there are ${Object.keys(blocks).join(", ")}`);
    const isTable = block.includes("\n");
    return isTable
      ? `<!-- ${name} -->\n${block}\n<!-- /${name} -->`
      : `<!-- ${name} -->${block}<!-- /${name} -->`;
  });
}

if (import.meta.main) {
  const file = process.argv[2] ?? fileURLToPath(new URL("../results/scale.json", import.meta.url));
  const docs = fileURLToPath(new URL("../../docs/", import.meta.url));
  await writePage(JSON.parse(await readFile(file, "utf8")) as Results, { from: docs, to: docs });
}
