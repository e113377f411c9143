/** @module How far one cluster goes: its cost by downloads, nodes, ticks and streams, and a page that presents it. */

import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { measureFiles } from "./scale/files.ts";
import { measureNodes } from "./scale/nodes.ts";
import { measureRecords } from "./scale/records.ts";
import type { Results } from "./scale/results.ts";
import { measureStreams } from "./scale/streams.ts";
import { measureRates } from "./scale/ticks.ts";
import { writePage } from "./scale/write.ts";
import { chosenEngine } from "./support/engine.ts";
import { openMeasuredEngine } from "./support/measured-engine.ts";
import type { Figure } from "./support/table.ts";

const RESULTS = fileURLToPath(new URL("./results/scale.json", import.meta.url));
const DOCS = fileURLToPath(new URL("../docs/", import.meta.url));

/** Takes about eight minutes. A quick run takes two, uses small numbers and writes into a new temporary folder. */
const SIZES = {
  full: {
    records: {
      levels: [0, 1_000, 5_000, 20_000, 50_000, 100_000],
      idleMs: 4_000,
      newNodes: 2,
      isPatient: true,
    },
    nodes: { counts: [1, 3, 10, 25, 50], idleMs: 4_000, ticksMs: 4_000 },
    rates: [100, 500, 1_000, 2_000, 4_000],
    fanOut: { listeners: 45, rates: [500, 1_000, 2_000] },
    streams: { counts: [0, 1_000, 5_000, 10_000], ticking: 1_000, windowMs: 4_000 },
    files: 16,
  },
  quick: {
    records: { levels: [0, 500, 2_000], idleMs: 2_000, newNodes: 1, isPatient: false },
    nodes: { counts: [1, 3, 6], idleMs: 2_000, ticksMs: 2_000 },
    rates: [100, 500, 1_000],
    fanOut: { listeners: 15, rates: [200, 800] },
    streams: { counts: [0, 200, 500], ticking: 100, windowMs: 2_000 },
    files: 2,
  },
};

export async function scale(isQuick: boolean): Promise<Figure[]> {
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
  const rates = tell("ticks", await measureRates(sizes.rates, { windowMs }));
  const { listeners, rates: heard } = sizes.fanOut;
  const fanOut = { listeners, rates: tell("fan-out", await measureRates(heard, { windowMs, listeners })) };
  const streams = tell("streams", await measureStreams(sizes.streams));
  const files = tell("files", await measureFiles(sizes.files));
  const results: Results = {
    measuredAt: new Date().toISOString().slice(0, 10),
    engine: chosenEngine(),
    servers: engine.version,
    node: process.version,
    cores: cpus().length,
    isQuick,
    tookSeconds: Math.round((performance.now() - began) / 1000),
    records,
    nodes,
    rates,
    fanOut,
    streams,
    files,
  };
  return await keep(results);
}

/** Only a complete measurement on NATS replaces the published results. */
async function keep(results: Results): Promise<Figure[]> {
  const isOwn = !results.isQuick && results.servers !== null;
  const folder = isOwn ? null : await mkdtemp(join(tmpdir(), "carryout-scale-"));
  const path = folder === null ? RESULTS : join(folder, "scale.json");
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `${JSON.stringify(results, null, 1)}\n`);
  const figures = await writePage(results, folder ?? DOCS);
  return [...figures, { what: "raw numbers, page and plots", measured: folder ?? `${path}, docs/scale.md` }];
}
