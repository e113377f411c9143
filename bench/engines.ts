/** @module The engines side by side: each part of the benchmarks on one after the other, within minutes. */

import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { table } from "./scale/units.ts";
import { publishSection, resultsOr } from "./support/page-section.ts";
import type { Figure } from "./support/table.ts";

const MAIN = fileURLToPath(new URL("main.ts", import.meta.url));
const RESULTS = new URL("./results/engines.json", import.meta.url);
const HEADINGS = { title: "## The engines\n", next: "## A page whose node is killed\n" };
const ENGINES = ["sqlite", "postgres", "nats"] as const;
const PARTS = [
  "library",
  "accept",
  "lifecycle",
  "first-line",
  "events",
  "takeover",
  "freeze",
  "servers",
  "memory",
  "liveness",
  "delivery",
];

export interface EngineResults {
  /** Day. Null when nothing was measured. */
  measuredAt: string | null;
  node: string;
  /** `what` and a cell for each engine. */
  rows: string[][];
}

const NOTHING: EngineResults = { measuredAt: null, node: "", rows: [] };

/** Takes a quarter of an hour. Published unless quick. */
export async function engines(isQuick: boolean): Promise<null> {
  const rows: string[][] = [];
  for (const part of PARTS) {
    const measured: Figure[][] = [];
    for (const engine of ENGINES) {
      process.stderr.write(`${part}, ${engine}\n`);
      measured.push(await figuresOf(part, engine, isQuick));
    }
    rows.push(...sideBySide(measured));
  }
  const results = { measuredAt: new Date().toISOString().slice(0, 10), node: process.version, rows };
  process.stdout.write(enginesSection(results));
  if (isQuick) return null;
  await writeFile(RESULTS, `${JSON.stringify(results, null, 1)}\n`);
  await publishSection(enginesSection(results), HEADINGS);
  return null;
}

async function figuresOf(part: string, engine: string, isQuick: boolean): Promise<Figure[]> {
  const words = [MAIN, part, "--json", "--engine", engine, ...(isQuick ? ["--quick"] : ["--kills", "10"])];
  const { stdout } = await promisify(execFile)(process.execPath, words);
  return JSON.parse(stdout) as Figure[];
}

/** A row for each thing that was measured with any of them. */
function sideBySide(measured: readonly Figure[][]): string[][] {
  const whats = new Set(measured.flat().map(({ what }) => what));
  return [...whats].map((what) => [
    what,
    ...measured.map((figures) => figures.find((figure) => figure.what === what)?.measured ?? "–"),
  ]);
}

export function engineResults(): Promise<EngineResults> {
  return resultsOr(RESULTS, NOTHING);
}

/** The section as plain text. */
export function enginesSection({ measuredAt, node, rows }: EngineResults): string {
  return `${HEADINGS.title}
\`npm run bench -- engines\` on ${measuredAt}, nothing else running: Node ${node.replace(/^v/, "")}, Linux, 2 virtual cores that nodes,
servers and clients share, all on loopback. Each row was measured on the three within minutes. \`sqlite:\` with
\`synchronous=normal\`; \`postgres:\` with one server that syncs each commit, files in a folder; \`nats:\` with three servers, so each
write is made three times on the same cores.

${table(["what", "`sqlite:`", "`postgres:`", "`nats:`"], rows)}
`;
}
