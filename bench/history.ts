/** @module What a long history costs: nothing at a node's start, in its memory, at a request, or in a sweep. */

import { systemClock as clock } from "../src/clock/system.ts";
import { finishedDownload } from "../src/ports/contracts/sample-downloads.ts";
import type { Engine } from "../src/ports/engine.ts";
import { silentLog } from "../src/telemetry/log.ts";
import { RunningTime } from "../src/tracker/running-time.ts";
import { DEFAULT_SETTINGS } from "../src/tracker/settings.ts";
import { Sweeper } from "../src/tracker/sweeper.ts";
import { figuresOf, type HistoryLevel, publishHistory } from "./history-page.ts";
import { mean, pause, quantilesOf } from "./scale/windows.ts";
import { call, inParallel, start } from "./support/caller.ts";
import { Commanded } from "./support/commanded.ts";
import { chosenEngine } from "./support/engine.ts";
import { numberedDownload, numberedDownloads } from "./support/finished.ts";
import type { Calls } from "./support/many-nodes.ts";
import { type MeasuredEngine, openMeasuredEngine } from "./support/measured-engine.ts";
import { fillNatsHistory } from "./support/nats-history.ts";
import { type EngineUrls, openEngine, urlsOf } from "./support/open-engine.ts";
import { fillPostgresHistory } from "./support/postgres-history.ts";
import { type BenchNode, Processes } from "./support/processes.ts";
import type { Figure } from "./support/table.ts";

const PROGRAM = new URL("./support/many-nodes.ts", import.meta.url);
/** Writes under way: an engine puts those of one moment into one transaction, or sends them together. */
const WRITERS = 500;
const CALLERS = 64;
const STARTS = 7;
const DUE = 200;
const SWEEPS = 5;
/** After this much work the engine has written what it holds back. */
const SETTLE_MS = 5_000;

/** At each level of finished downloads, which rise from 0. `isComplete`: whether to publish the figures. */
export async function longHistory(levels: readonly number[], isComplete: boolean): Promise<Figure[]> {
  const measured = await openMeasuredEngine();
  const processes = new Processes(measured);
  const engine = await openEngine(measured);
  try {
    const node = await processes.node("n1", { inlineCapacity: 0 });
    await inParallel(1_000, CALLERS, (index) => askAndRemove(node, `warming-${index}`));
    const reached: HistoryLevel[] = [];
    const scene = { measured, engine, node };
    for (const [index, level] of levels.entries()) {
      const from = levels[index - 1] ?? 0;
      const seconds = await fill(scene, from, level);
      await pause(SETTLE_MS);
      const fillRate = level === from ? null : (level - from) / seconds;
      reached.push(await levelAt({ finished: level, fillRate }, scene));
      process.stderr.write(`${level} finished downloads measured\n`);
    }
    if (isComplete) await publishHistory(chosenEngine(), measured.version, reached);
    return reached.flatMap(figuresOf);
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

async function levelAt(
  given: Pick<HistoryLevel, "finished" | "fillRate">,
  { measured, engine, node }: Scene,
): Promise<HistoryLevel> {
  const starts = await startNodes(urlsOf(measured));
  const { heapUsed, external } = await node.usage();
  const { took, rate } = await accept(node);
  const sweeps = await sweep(engine);
  return {
    ...given,
    diskBytes: await measured.diskBytes(),
    start: quantilesOf(starts.map(({ syncedMs }) => syncedMs)),
    newHeapBytes: mean(starts.map(({ heapBytes }) => heapBytes)),
    heapBytes: heapUsed + external,
    accept: quantilesOf(took),
    acceptRate: rate,
    sweep: quantilesOf(sweeps.idle),
    due: { count: sweeps.expired, ms: sweeps.dueMs },
  };
}

/** Puts the downloads with these numbers into the history, and returns the seconds that took. */
async function fill({ engine, measured }: Scene, from: number, to: number): Promise<number> {
  const { servers, postgres } = measured;
  const began = performance.now();
  if (servers !== null) await fillNatsHistory(measured.url, numberedDownloads(from, to));
  else if (postgres !== null) await fillPostgresHistory(postgres, numberedDownloads(from, to));
  else {
    await inParallel(to - from, WRITERS, (index) => engine.repo.history.put(numberedDownload(from + index)));
  }
  return (performance.now() - began) / 1_000;
}

/** Nodes in processes of their own, one after the other. */
async function startNodes(urls: EngineUrls): Promise<{ syncedMs: number; heapBytes: number }[]> {
  const starts = [];
  for (let at = 0; at < STARTS; at++) {
    const late = await Commanded.start<Calls>(PROGRAM, urls);
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
