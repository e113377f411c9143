/** @module What nodes cost each other: heartbeats, connections, ticks, downloads that every node follows, a takeover. */

import { type MeasuredEngine, openMeasuredEngine } from "../support/measured-engine.ts";
import { tcpEndsOf } from "../support/process-figures.ts";
import { nodesDownloadCost, nodesTickCosts, TICK_MS } from "./costs.ts";
import { Crowd, usersOf } from "./crowd.ts";
import type { EngineCosts, NodeCosts, NodesLevel, Quantiles } from "./results.ts";
import { idleFor, pause, quantilesOf } from "./windows.ts";

/** Downloads that tick at one process: 200 ticks a second. */
const TICKING = 25;
/** Whole downloads a second at one process. */
const DOWNLOADS = 100;
const MOVING = 20;
const DELAYED = 8;
/** Time for lifelines to connect and the streams' leaders to be spread. */
const SETTLE_MS = 3_000;

export interface NodesOptions {
  /** Rising. */
  counts: readonly number[];
  idleMs: number;
  ticksMs: number;
}

export async function measureNodes({ counts, idleMs, ticksMs }: NodesOptions): Promise<NodesLevel[]> {
  const engine = await openMeasuredEngine();
  const crowd = new Crowd(engine);
  try {
    const levels: NodesLevel[] = [];
    for (const nodes of counts) {
      const syncedMs = await crowd.growTo(nodes);
      await pause(SETTLE_MS);
      const idle = await idleFor(idleMs, engine, nodes, () => crowd.cpuMs());
      const connections = await engine.connections();
      const lifelines = (tcpEndsOf(crowd.pids()) - connections) / 2;
      const heapBytes = await crowd.heapBytes();
      const costs = await costsOf(engine, crowd, ticksMs);
      const tickDelay = nodes > 1 ? await tickDelays(crowd, ticksMs) : null;
      const takeover = nodes > 1 ? await takeoverFrom(crowd) : null;
      const still = { nodes, idle, connections, lifelines, heapBytes, syncedMs };
      levels.push({ ...still, ...costs, tickDelay, takeover });
    }
    return levels;
  } finally {
    await crowd.end();
    await engine.dispose();
  }
}

/** What ticks and downloads cost on an engine, by the number of nodes. */
export async function measureNodeCosts(
  counts: readonly number[],
  windowMs: number,
): Promise<Pick<EngineCosts, "version" | "levels">> {
  const engine = await openMeasuredEngine();
  const crowd = new Crowd(engine);
  try {
    const levels: NodeCosts[] = [];
    for (const nodes of counts) {
      await crowd.growTo(nodes);
      await pause(SETTLE_MS);
      levels.push({ nodes, ...(await costsOf(engine, crowd, windowMs)) });
    }
    return { version: engine.version, levels };
  } finally {
    await crowd.end();
    await engine.dispose();
  }
}

async function costsOf(engine: MeasuredEngine, crowd: Crowd, windowMs: number) {
  const ticks = await nodesTickCosts(engine, crowd, { downloads: TICKING, windowMs });
  const download = await nodesDownloadCost(engine, crowd, { rate: DOWNLOADS, windowMs });
  return { ...ticks, download };
}

/** From a generator in the first process to a watcher in the last. */
async function tickDelays(crowd: Crowd, forMs: number): Promise<Quantiles> {
  const users = usersOf("delayed", DELAYED);
  const [maker, watcher] = [crowd.processes[0]!, crowd.processes.at(-1)!];
  await maker.call("start", users, "ticking", { ticks: 1e6, everyMs: TICK_MS });
  const delays = await watcher.call("tickDelays", 0, users, forMs);
  await maker.call("remove", users);
  return quantilesOf(delays);
}

/** The first process dies with all its nodes, over which the downloads are spread. */
async function takeoverFrom(crowd: Crowd): Promise<{ killedNodes: number; ms: Quantiles }> {
  const users = usersOf("moving", MOVING);
  const [victim, witness] = [crowd.processes[0]!, crowd.processes.at(-1)!];
  const size = crowd.size;
  await victim.call("start", users, "beat-inline", {});
  await witness.call("atWork", 0, users);
  const moved = witness.call("moved", 0, users);
  await pause(500);
  const { killedAt, nodes } = await crowd.killFirst();
  const pauses = (await moved).map((began) => began - killedAt);
  await witness.call("remove", users);
  await crowd.growTo(size);
  return { killedNodes: nodes, ms: quantilesOf(pauses) };
}
