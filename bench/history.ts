/** @module What a long history costs: nothing at a node's start, in its memory, at a request, or in a sweep. */

import { systemClock as clock } from "../src/clock/system.ts";
import { readEngineUrl } from "../src/engines/engine-url.ts";
import { finishedDownload } from "../src/ports/contracts/sample-downloads.ts";
import type { Engine } from "../src/ports/engine.ts";
import { silentLog } from "../src/telemetry/log.ts";
import { RunningTime } from "../src/tracker/running-time.ts";
import { DEFAULT_SETTINGS } from "../src/tracker/settings.ts";
import { Sweeper } from "../src/tracker/sweeper.ts";
import { mean, pause } from "./scale/windows.ts";
import { call, inParallel, start } from "./support/caller.ts";
import { Commanded } from "./support/commanded.ts";
import type { Calls } from "./support/many-nodes.ts";
import { type MeasuredEngine, openMeasuredEngine } from "./support/measured-engine.ts";
import { type BenchNode, Processes } from "./support/processes.ts";
import { type Figure, latencies, medianAndWorst, ms } from "./support/table.ts";

const PROGRAM = new URL("./support/many-nodes.ts", import.meta.url);
/** Writes under way: an engine puts those of one moment into one transaction, or sends them together. */
const WRITERS = 500;
const CALLERS = 64;
const DOWNLOADS_PER_USER = 10;
const HOUR_MS = 3_600_000;
const STARTS = 7;
const DUE = 200;
const SWEEPS = 5;
/** After this much work the engine has written what it holds back. */
const SETTLE_MS = 5_000;

/** At each level of finished downloads, which rise from 0. */
export async function longHistory(levels: readonly number[]): Promise<Figure[]> {
  const measured = await openMeasuredEngine();
  const processes = new Processes(measured);
  const engine = await readEngineUrl(measured.url).open({ clock, leaseMs: 3_000, log: silentLog });
  try {
    const node = await processes.node("n1", { inlineCapacity: 0 });
    await inParallel(1_000, CALLERS, (index) => askAndRemove(node, `warming-${index}`));
    const figures: Figure[] = [];
    for (const [index, level] of levels.entries()) {
      const from = levels[index - 1] ?? 0;
      const seconds = await fill(engine, from, level);
      await pause(SETTLE_MS);
      figures.push(...(await figuresAt(level, (level - from) / seconds, { measured, engine, node })));
      process.stderr.write(`${level} finished downloads measured\n`);
    }
    return figures;
  } finally {
    await engine.close();
    await processes.end();
  }
}

interface Scene {
  measured: MeasuredEngine;
  engine: Engine;
  node: BenchNode;
}

async function figuresAt(level: number, fillRate: number, scene: Scene): Promise<Figure[]> {
  const { measured, engine, node } = scene;
  const starts = await startNodes(measured.url);
  const { heapUsed, external } = await node.usage();
  const { took, rate } = await accept(node);
  const sweeps = await sweep(engine);
  const row = (what: string, text: string) => ({ what: `${level} finished: ${what}`, measured: text });
  return [
    row("written to the history", level === 0 ? "–" : `${Math.round(fillRate)}/s`),
    row("on disk", megabytes(await measured.diskBytes())),
    row("new node, until it has read the slots", medianAndWorst(starts.map(({ syncedMs }) => syncedMs))),
    row("heap of a new node", megabytes(mean(starts.map(({ heapBytes }) => heapBytes)))),
    row("heap of a node that was there", megabytes(heapUsed + external)),
    row("accept, one at a time", latencies(took)),
    row(`accept, ${CALLERS} callers`, `${Math.round(rate)}/s`),
    row("sweep, nothing expired", medianAndWorst(sweeps.idle)),
    row(`sweep, ${DUE} expired`, `${ms(sweeps.dueMs)}, ${sweeps.expired} removed`),
  ];
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

/** Puts the downloads with these numbers into the history. They expire within a day, the first in an hour. */
async function fill(engine: Engine, from: number, to: number): Promise<number> {
  const now = clock.now();
  return await inParallel(to - from, WRITERS, async (index) => {
    const number = from + index;
    await engine.repo.history.put(
      finishedDownload(`user-${Math.floor(number / DOWNLOADS_PER_USER)}`, `finished-${number}`, {
        requestedAt: now - 1_000 - (number % HOUR_MS),
        finishedAt: now,
        expiresAt: now + HOUR_MS + ((number * 83) % (23 * HOUR_MS)),
      }),
    );
  });
}

/** Nodes in processes of their own, one after the other. */
async function startNodes(url: string): Promise<{ syncedMs: number; heapBytes: number }[]> {
  const starts = [];
  for (let at = 0; at < STARTS; at++) {
    const late = await Commanded.start<Calls>(PROGRAM, { url });
    try {
      const [opened] = await late.call("add", [`late-${at}`]);
      starts.push({ syncedMs: opened!.syncedMs, heapBytes: await late.call("heapBytes") });
    } finally {
      await late.end("SIGTERM");
    }
  }
  return starts;
}

/** Requests that wait, each of a new user; they are removed afterwards. */
async function accept({ url }: BenchNode): Promise<{ took: number[]; rate: number }> {
  const asked: { user: string; id: string }[] = [];
  const ask = async () => {
    const user = clock.id();
    const { id } = await start(url, user, "hold");
    asked.push({ user, id });
  };
  const took: number[] = [];
  for (let at = 0; at < 500; at++) {
    const began = performance.now();
    await ask();
    took.push(performance.now() - began);
  }
  const count = 3_000;
  const rate = count / (await inParallel(count, CALLERS, ask));
  await inParallel(asked.length, CALLERS, (index) => remove(url, asked[index]!));
  return { took, rate };
}

async function askAndRemove({ url }: BenchNode, user: string): Promise<void> {
  const { id } = await start(url, user, "hold");
  await remove(url, { user, id });
}

async function remove(url: string, { user, id }: { user: string; id: string }): Promise<void> {
  await call(`${url}/downloads/${id}`, { method: "DELETE", user });
}

/** Sweeps with nothing to do, then one with expired downloads without bytes. */
async function sweep(engine: Engine): Promise<{ idle: number[]; dueMs: number; expired: number }> {
  const running = new RunningTime(clock);
  const { repo, files, membership } = engine;
  const sweeper = new Sweeper({
    ...{ repo, files, membership, clock, running },
    self: "sweeper/sweeper",
    log: silentLog,
    settings: DEFAULT_SETTINGS,
    unfinished: { ofId: () => undefined },
    isFull: () => false,
  });
  const timed = async () => {
    const began = performance.now();
    const { expired } = await sweeper.sweep();
    return { tookMs: performance.now() - began, expired };
  };
  const idle: number[] = [];
  for (let at = 0; at < SWEEPS; at++) idle.push((await timed()).tookMs);
  const expiresAt = clock.now() - DEFAULT_SETTINGS.graceMs - 1;
  await inParallel(DUE, WRITERS, async () => {
    await repo.history.put(finishedDownload(clock.id(), clock.id(), { expiresAt }));
  });
  const { tookMs, expired } = await timed();
  running.close();
  return { idle, dueMs: tookMs, expired };
}
