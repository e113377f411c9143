/** @module Sections of docs/figures.md that are written from results. */

import { readFile, writeFile } from "node:fs/promises";

const PAGE = new URL("../../docs/figures.md", import.meta.url);

/** Writes the section in place of the one with this title, or before the section `next` when there is none yet. */
export async function publishSection(section: string, { title, next }: Headings): Promise<void> {
  const page = await readFile(PAGE, "utf8");
  const end = page.indexOf(next);
  const begin = page.includes(title) ? page.indexOf(title) : end;
  await writeFile(PAGE, `${page.slice(0, begin)}${section}\n${page.slice(end)}`);
}

/** Whole lines, such as "## Exports\n". */
export interface Headings {
  title: string;
  next: string;
}

/** Parsed JSON, or this when there is no such file. */
export async function resultsOr<Results>(file: URL, none: Results): Promise<Results> {
  try {
    return JSON.parse(await readFile(file, "utf8")) as Results;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return none;
    throw error;
  }
}
