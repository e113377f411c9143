/** @module How far one cluster goes: its cost by downloads, nodes, ticks and streams, and a page that presents it. */

import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { measureDownloads, measureHistory, measureTicks } from "./scale/costs.ts";
import { measureFiles } from "./scale/files.ts";
import { measureNodeCosts, measureNodes } from "./scale/nodes.ts";
import { measureRecords } from "./scale/records.ts";
import { type EngineCosts, LAYOUT, type Results } from "./scale/results.ts";
import { measureStreams } from "./scale/streams.ts";
import { bytes, figure } from "./scale/units.ts";
import { writeComparison, writePage } from "./scale/write.ts";
import { chosenEngine } from "./support/engine.ts";
import { openMeasuredEngine } from "./support/measured-engine.ts";
import type { Figure } from "./support/table.ts";

const RESULTS = fileURLToPath(new URL("./results/", import.meta.url));
const DOCS = fileURLToPath(new URL("../docs/", import.meta.url));

/** Takes about eight minutes. A quick run takes three, uses small numbers and writes into a new temporary folder. */
const SIZES = {
  full: {
    records: {
      levels: [0, 1_000, 10_000, 50_000, 100_000],
      idleMs: 3_000,
      newNodes: 2,
      isPatient: true,
    },
    nodes: { counts: [1, 3, 10, 50], idleMs: 3_000, ticksMs: 3_000 },
    ticks: [100, 500, 1_000, 2_000],
    downloads: [20, 50, 100, 150],
    listeners: 45,
    history: 50_000,
    streams: { counts: [0, 1_000, 5_000, 10_000], ticking: 1_000, windowMs: 3_000 },
    files: 16,
  },
  quick: {
    records: { levels: [0, 500, 2_000], idleMs: 2_000, newNodes: 1, isPatient: false },
    nodes: { counts: [1, 3, 6], idleMs: 2_000, ticksMs: 2_000 },
    ticks: [100, 500, 1_000],
    downloads: [20, 50],
    listeners: 15,
    history: 2_000,
    streams: { counts: [0, 200, 500], ticking: 100, windowMs: 2_000 },
    files: 2,
  },
};
/** For the other engines, which take about two minutes. */
const COUNTS = { full: [1, 10, 50], quick: [1, 3] };

/** Everything on NATS; on another engine what ticks and downloads cost there. */
export async function scale(isQuick: boolean): Promise<Figure[]> {
  return chosenEngine().startsWith("nats") ? await everything(isQuick) : await costsOnly(isQuick);
}

async function everything(isQuick: boolean): Promise<Figure[]> {
  const sizes = SIZES[isQuick ? "quick" : "full"];
  const began = performance.now();
  const engine = await openMeasuredEngine();
  await engine.dispose();
  const tell = <Result>(what: string, measured: Result): Result => {
    process.stderr.write(`${Math.round((performance.now() - began) / 1000)} s: ${what} measured\n`);
    return measured;
  };
  const records = tell("records", await measureRecords(sizes.records));
  const nodes = tell("nodes", await measureNodes(sizes.nodes));
  const windowMs = sizes.nodes.ticksMs;
  const ofTicks = { rates: sizes.ticks, windowMs };
  const ticks = tell("ticks", await measureTicks({ ...ofTicks, isWatched: false }));
  const watchedTicks = tell("watched ticks", await measureTicks({ ...ofTicks, isWatched: true }));
  const ofDownloads = { rates: sizes.downloads, windowMs };
  const downloads = tell("downloads", await measureDownloads(ofDownloads));
  const { listeners } = sizes;
  const heard = tell("fan-out", await measureDownloads({ ...ofDownloads, listeners }));
  const history = tell("history", await measureHistory(sizes.history));
  const streams = tell("streams", await measureStreams(sizes.streams));
  const files = tell("files", await measureFiles(sizes.files));
  const results: Results = {
    layout: LAYOUT,
    measuredAt: today(),
    engine: chosenEngine(),
    servers: engine.version,
    node: process.version,
    cores: cpus().length,
    isQuick,
    tookSeconds: Math.round((performance.now() - began) / 1000),
    records,
    nodes,
    ticks,
    watchedTicks,
    downloads,
    fanOut: { listeners, downloads: heard },
    history,
    streams,
    files,
  };
  return await keep(results);
}

/** Only a complete measurement on three servers replaces the published results. */
async function keep(results: Results): Promise<Figure[]> {
  const isOwn = !results.isQuick && results.engine === "nats";
  const folder = isOwn ? null : await temporaryFolder();
  const path = await stored(results, "scale.json", folder);
  const figures = await writePage(results, folder ?? DOCS);
  return [...figures, { what: "raw numbers, page and plots", measured: folder ?? `${path}, docs/scale.md` }];
}

async function costsOnly(isQuick: boolean): Promise<Figure[]> {
  const { counts, windowMs } = {
    counts: COUNTS[isQuick ? "quick" : "full"],
    windowMs: isQuick ? 2_000 : 4_000,
  };
  const measured = await measureNodeCosts(counts, windowMs);
  const engine = chosenEngine();
  const costs: EngineCosts = { measuredAt: today(), engine, ...measured };
  const folder = isQuick ? await temporaryFolder() : null;
  const path = await stored(costs, `scale-${engine}.json`, folder);
  if (folder === null) await writeComparison(DOCS);
  const rows = costs.levels.flatMap(({ nodes, tick, watched, download }) =>
    Object.entries({ tick, watched, download }).map(([what, { transactions, logBytes }]) => {
      const log = logBytes > 0 ? `, ${bytes(logBytes)} of log` : "";
      return { what: `${nodes} nodes: ${what}`, measured: `${figure(transactions)} transactions${log}` };
    }),
  );
  return [...rows, { what: "raw numbers", measured: path }];
}

async function stored(results: object, name: string, folder: string | null): Promise<string> {
  const path = join(folder ?? RESULTS, name);
  await mkdir(folder ?? RESULTS, { recursive: true });
  await writeFile(path, `${JSON.stringify(results, null, 1)}\n`);
  return path;
}

function temporaryFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), "carryout-scale-"));
}

function today(): string {
  return new Date().toISOString().slice(0, 10);
}
