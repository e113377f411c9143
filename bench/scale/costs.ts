/** @module What one tick and one whole download cost the servers and every node, whoever makes it. */

import { Commanded } from "../support/commanded.ts";
import { numberedDownloads } from "../support/finished.ts";
import { type MeasuredEngine, openMeasuredEngine } from "../support/measured-engine.ts";
import { fillNatsHistory } from "../support/nats-history.ts";
import { Crowd, type Part, usersOf } from "./crowd.ts";
import type { Cost, Results } from "./results.ts";
import { during, mean, pause } from "./windows.ts";

const LISTENERS = new URL("../support/listeners.ts", import.meta.url);
/** Interval per download; Carryout passes on one per 100 ms. */
export const TICK_MS = 125;
/** Time for the generators to start and their ticks to spread out. */
const BEGIN_MS = 1_500;
/** Time for the last downloads of a window to be archived. */
const ARCHIVE_MS = 500;
/** Time for the servers to write down what they have stored. */
const SETTLE_MS = 3_000;

/** Each in a separate process; one more makes nothing. A node makes at most 1,000 ticks a second. */
const MAKERS = 4;
/** What `measureTicks` and `measureDownloads` run on. */
export const COST_NODES = MAKERS + 1;

interface RatesOptions {
  /** Rising, per second. */
  rates: readonly number[];
  windowMs: number;
}

/** The cost of one tick. If `isWatched`, the node that makes none shows all of them. */
export async function measureTicks(options: RatesOptions & { isWatched: boolean }): Promise<Cost[]> {
  const { rates, windowMs, isWatched } = options;
  return await withCrowd(async (engine, crowd) => {
    const quiet = await windowOf(engine, crowd, MAKERS, () => pause(windowMs));
    const costs: Cost[] = [];
    let running = 0;
    for (const rate of rates) {
      const users = usersOf(`at-${rate}`, Math.round((rate * TICK_MS) / 1_000) - running);
      running += users.length;
      await startTicking(crowd, users, MAKERS);
      if (isWatched) await crowd.processes.at(-1)!.call("look", 0, users);
      costs.push(tickCost(quiet, await windowOf(engine, crowd, MAKERS, () => pause(windowMs))));
    }
    return costs;
  });
}

/**
 * The cost of one download that is made, found by nobody, and archived. Listeners receive what nodes receive of it, so
 * that the servers have to serve them as well, and discard it.
 */
export async function measureDownloads(options: RatesOptions & { listeners?: number }): Promise<Cost[]> {
  const { rates, windowMs, listeners = 0 } = options;
  return await withCrowd(async (engine, crowd) => {
    const given = { url: engine.url, count: engine.servers === null ? 0 : listeners };
    const others = given.count > 0 ? await Commanded.start(LISTENERS, given) : null;
    const quiet = await windowOf(engine, crowd, MAKERS, () => pause(windowMs));
    const costs: Cost[] = [];
    for (const rate of rates) {
      costs.push(await downloadCost({ engine, crowd, quiet, makers: MAKERS, rate, windowMs }));
    }
    await others?.end("SIGKILL");
    return costs;
  });
}

/** What each of so many finished downloads leaves at one server. */
export async function measureHistory(downloads: number): Promise<Results["history"]> {
  return await withCrowd(async (engine) => {
    const residentBefore = mean(engine.residentBytes());
    const diskBefore = await engine.diskBytes();
    await fillNatsHistory(engine.url, numberedDownloads(0, downloads));
    await pause(SETTLE_MS);
    const { messages, bytes } = await engine.streams("history");
    const resident = mean(engine.residentBytes()) - residentBefore;
    const disk = ((await engine.diskBytes()) - diskBefore) / engine.residentBytes().length;
    return {
      messages: messages / downloads,
      bytes: bytes / downloads,
      residentBytes: resident / downloads,
      diskBytes: disk / downloads,
    };
  });
}

/** Of some downloads that tick at the first process: with nobody watching, and with a viewer each at the last node. */
export async function nodesTickCosts(
  engine: MeasuredEngine,
  crowd: Crowd,
  { downloads, windowMs }: { downloads: number; windowMs: number },
): Promise<{ tick: Cost; watched: Cost }> {
  const users = usersOf("ticking", downloads);
  const measure = () => windowOf(engine, crowd, 1, () => pause(windowMs));
  const quiet = await measure();
  await startTicking(crowd, users, 1);
  const tick = tickCost(quiet, await measure());
  const viewer = crowd.processes.at(-1)!;
  await viewer.call("look", 0, users);
  const watched = tickCost(quiet, await measure());
  await viewer.call("lookAway");
  await crowd.processes[0]!.call("remove", users);
  return { tick, watched };
}

/** Of downloads at the first process. */
export async function nodesDownloadCost(
  engine: MeasuredEngine,
  crowd: Crowd,
  { rate, windowMs }: { rate: number; windowMs: number },
): Promise<Cost> {
  const quiet = await windowOf(engine, crowd, 1, () => pause(windowMs));
  return await downloadCost({ engine, crowd, quiet, makers: 1, rate, windowMs });
}

async function withCrowd<Result>(
  measure: (engine: MeasuredEngine, crowd: Crowd) => Promise<Result>,
): Promise<Result> {
  const engine = await openMeasuredEngine();
  const crowd = new Crowd(engine);
  try {
    await crowd.growTo(COST_NODES);
    await pause(BEGIN_MS);
    return await measure(engine, crowd);
  } finally {
    await crowd.end();
    await engine.dispose();
  }
}

/** The downloads keep running afterwards. */
async function startTicking(crowd: Crowd, users: readonly string[], makers: number): Promise<void> {
  const starts = crowd.processes.slice(0, makers).map((maker, index) => {
    const own = users.filter((_, user) => user % makers === index);
    return maker.call("start", own, "ticking", { ticks: 1e6, everyMs: TICK_MS });
  });
  await Promise.all(starts);
  await pause(BEGIN_MS);
}

let named = 0;

async function downloadCost(given: {
  engine: MeasuredEngine;
  crowd: Crowd;
  quiet: CostWindow;
  makers: number;
  rate: number;
  windowMs: number;
}): Promise<Cost> {
  const { engine, crowd, quiet, makers, rate, windowMs } = given;
  const count = Math.round((rate * windowMs) / 1_000 / makers);
  const busy = await windowOf(engine, crowd, makers, async () => {
    const all = crowd.processes.slice(0, makers).map((maker) => {
      named += 1;
      return maker.call("startPaced", usersOf(`once-${named}`, count), "instant", rate / makers);
    });
    await Promise.all(all);
    await pause(ARCHIVE_MS);
  });
  return costBetween(quiet, busy, { count: count * makers, followers: quiet.first.nodes - 1 });
}

function tickCost(quiet: CostWindow, busy: CostWindow): Cost {
  return costBetween(quiet, busy, { count: busy.ticks, followers: 0 });
}

/** `followers`: how many nodes of the first processes do with each what the nodes of the others do. */
function costBetween(
  quiet: CostWindow,
  busy: CostWindow,
  { count, followers }: { count: number; followers: number },
): Cost {
  const each = (of: (window: CostWindow) => number) =>
    (of(busy) - (of(quiet) * busy.seconds) / quiet.seconds) / count;
  const nodeCpuMs = each(({ others }) => others.cpuMs) / Math.max(1, quiet.others.nodes);
  return {
    count,
    perSecond: count / busy.seconds,
    in: each(({ counts }) => counts.in),
    out: each(({ counts }) => counts.out),
    inBytes: each(({ counts }) => counts.inBytes),
    outBytes: each(({ counts }) => counts.outBytes),
    routed: each(({ counts }) => counts.routed),
    routedBytes: each(({ counts }) => counts.routedBytes),
    transactions: each(({ counts }) => counts.transactions),
    logBytes: each(({ counts }) => counts.logBytes),
    serversCpuMs: each(({ counts }) => counts.cpuMs),
    nodeCpuMs: quiet.others.nodes === 0 ? null : nodeCpuMs,
    makerCpuMs: each(({ first }) => first.cpuMs) - nodeCpuMs * followers,
  };
}

type CostWindow = Awaited<ReturnType<typeof windowOf>>;

/** On NATS those that were stored. */
async function ticksSoFar(engine: MeasuredEngine, crowd: Crowd): Promise<number> {
  return engine.servers === null ? await crowd.reported() : (await engine.streams("slots", "work")).stored;
}

/** The first `makers` processes do the work. */
async function windowOf(engine: MeasuredEngine, crowd: Crowd, makers: number, work: () => Promise<unknown>) {
  const ticks = await ticksSoFar(engine, crowd);
  const before = crowd.parts(makers);
  const { counts, seconds } = await during(engine, work);
  const after = crowd.parts(makers);
  const used = (part: "first" | "others"): Part => {
    return { nodes: after[part].nodes, cpuMs: after[part].cpuMs - before[part].cpuMs };
  };
  return {
    counts,
    seconds,
    first: used("first"),
    others: used("others"),
    ticks: (await ticksSoFar(engine, crowd)) - ticks,
  };
}
