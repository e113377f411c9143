/** @module What was measured of a long history: as rows, and as a section of docs/figures.md. */

import { writeFile } from "node:fs/promises";
import type { Quantiles } from "./scale/results.ts";
import { bytes, count, ms, table } from "./scale/units.ts";
import { publishSection, resultsOr } from "./support/page-section.ts";
import type { Figure } from "./support/table.ts";

export interface HistoryLevel {
  finished: number;
  /** Per second; null when nothing was written for this level. */
  fillRate: number | null;
  /** Of all servers together. */
  diskBytes: number;
  /** Of a new node, until it has read the slots. */
  start: Quantiles;
  newHeapBytes: number;
  /** Of a node that was there all the time. */
  heapBytes: number;
  accept: Quantiles;
  acceptRate: number;
  /** With nothing expired. */
  sweep: Quantiles;
  due: { count: number; ms: number };
}

/** By engine. */
export type HistoryResults = Record<
  string,
  { measuredAt: string; version: string | null; levels: HistoryLevel[] }
>;

const RESULTS = new URL("./results/history.json", import.meta.url);
const TITLE = "## Finished downloads\n";
/** The section comes before this one. */
const NEXT = "## Exports\n";

export function figuresOf(level: HistoryLevel): Figure[] {
  const { finished, fillRate, start, accept, acceptRate, sweep, due } = level;
  const row = (what: string, measured: string) => ({
    what: `${count(finished)} finished: ${what}`,
    measured,
  });
  return [
    row("put into the history", fillRate === null ? "–" : `${count(fillRate)}/s`),
    row("on disk", bytes(level.diskBytes)),
    row("new node, until it has read the slots", middleAndWorst(start)),
    row("heap of a new node", bytes(level.newHeapBytes)),
    row("heap of a node that was there", bytes(level.heapBytes)),
    row("accept, one at a time", `p50 ${ms(accept.p50)}, p99 ${ms(accept.p99)}`),
    row("accept, 64 callers", `${count(acceptRate)}/s`),
    row("sweep, nothing expired", middleAndWorst(sweep)),
    row(`sweep, ${due.count} expired`, ms(due.ms)),
  ];
}

/** Adds them to the results, in place of earlier ones of this engine, and writes the section again. */
export async function publishHistory(
  engine: string,
  version: string | null,
  levels: HistoryLevel[],
): Promise<void> {
  const measuredAt = new Date().toISOString().slice(0, 10);
  const results = { ...(await historyResults()), [engine]: { measuredAt, version, levels } };
  await writeFile(RESULTS, `${JSON.stringify(results, null, 1)}\n`);
  await publishSection(historySection(results), { title: TITLE, next: NEXT });
}

/** Empty when nothing has been measured. */
export function historyResults(): Promise<HistoryResults> {
  return resultsOr(RESULTS, {});
}

/** The section as plain text. */
export function historySection(results: HistoryResults): string {
  const rows = Object.entries(results).flatMap(([engine, { levels }]) =>
    levels.map((level) => [engine, ...cellsOf(level)]),
  );
  const measured = Object.entries(results).map(
    ([engine, { measuredAt, version }]) =>
      `${engine}${version === null ? "" : ` ${version}`} on ${measuredAt}`,
  );
  const head = [
    "engine",
    "finished",
    "new node, until it has read the slots",
    "heap of a new node",
    "accept, one at a time, p50 / p99",
    "accept, 64 callers",
    "sweep, nothing expired",
    "sweep, 200 expired",
    "disk, all servers",
  ];
  return `${TITLE}
What finished downloads in the history cost, measured with \`npm run bench -- history --engine …\`:
${measured.join(", ")}. Ten downloads of each user, with all fields set; \`nats\` keeps three copies of each, and
its servers share the machine with the nodes.

${table(head, rows)}

A node follows no history and reads none at its start. A sweep finds what has expired by its time, without reading the rest.
`;
}

function cellsOf(level: HistoryLevel): string[] {
  const { finished, start, newHeapBytes, accept, acceptRate, sweep, due, diskBytes } = level;
  return [
    count(finished),
    middleAndWorst(start),
    bytes(newHeapBytes),
    `${ms(accept.p50)} / ${ms(accept.p99)}`,
    `${count(acceptRate)}/s`,
    middleAndWorst(sweep),
    ms(due.ms),
    bytes(diskBytes),
  ];
}

function middleAndWorst({ p50, worst }: Quantiles): string {
  return `median ${ms(p50)}, worst ${ms(worst)}`;
}
