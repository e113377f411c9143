/** @module Marginal costs: slopes fitted to the measurements. */

import type { Results, TickCost } from "./results.ts";
import { mean } from "./windows.ts";

export interface Constants {
  /** Bytes per record. */
  nodeHeap: number;
  /** The same a minute after the records were last written or read. */
  nodeHeapSettled: number;
  /** Bytes per record on one server. */
  serverResident: number;
  disk: number;
  stored: number;
  syncMicroseconds: number;
  syncBaseMs: number;
  /** Messages per second, per node. */
  idleIn: number;
  /** Messages to clients per second, per pair of nodes. */
  idleOut: number;
  idleOutBytes: number;
  /** Per tick. */
  tickOut: number;
  tickOutBytes: number;
  tickRouted: number;
  tickRoutedBytes: number;
  /** Microseconds of CPU time per tick at high rates: on a following node, on the making node, on all servers. */
  follow: number;
  make: number;
  serve: number;
  /** On all servers together, for each node that follows. */
  serveNode: number;
  /** Base cost of following and serving as a share of a core: for waking up, however few ticks arrive. */
  followAtAll: number;
  serveAtAll: number;
  /** Per open stream. */
  streamHeap: number;
  streamResident: number;
  /** Microseconds of CPU time: per stream and second while idle, and per event. */
  streamIdle: number;
  event: number;
}

export function constantsOf({ records, nodes, rates, fanOut, streams }: Results): Constants {
  const { levels, settled } = records;
  const byRecord = (of: (level: (typeof levels)[number]) => number) =>
    slope(levels.map((level) => [level.storedMessages, of(level)]));
  const synced = line(levels.map((level) => [level.storedMessages, level.syncedMs]));
  const byNode = (of: (level: (typeof nodes)[number]) => number) =>
    line(nodes.map((level) => [level.nodes, of(level)]));
  const followed = byRate(rates, ({ nodeCpuMs }) => nodeCpuMs ?? 0);
  const served = byRate(rates, ({ serversCpuMs }) => serversCpuMs);
  const servedMore = byRate(fanOut.rates, ({ serversCpuMs }) => serversCpuMs);
  const serveNode = Math.max(0, (servedMore.slope - served.slope) / fanOut.listeners);
  const byStream = (of: (level: (typeof streams.idle)[number]) => number) =>
    slope(streams.idle.map((level) => [level.streams, of(level)]));
  return {
    nodeHeap: byRecord(({ nodeHeapBytes }) => nodeHeapBytes),
    nodeHeapSettled: (settled.nodeHeapBytes - levels[0]!.nodeHeapBytes) / settled.unfinished,
    serverResident: byRecord(({ serverResidentBytes }) => serverResidentBytes),
    disk: byRecord(({ diskBytes }) => diskBytes),
    stored: byRecord(({ storedBytes }) => storedBytes),
    syncMicroseconds: synced.slope * 1_000,
    syncBaseMs: synced.base,
    idleIn: byNode(({ idle }) => idle.in).slope,
    idleOut: byNode(({ idle, nodes: count }) => idle.out / count).slope,
    idleOutBytes: byNode(({ idle, nodes: count }) => idle.outBytes / count).slope,
    tickOut: byNode(({ tick }) => tick.out).slope,
    tickOutBytes: byNode(({ tick }) => tick.outBytes).slope,
    tickRouted: mean(nodes.map(({ tick }) => tick.routed)),
    tickRoutedBytes: mean(nodes.map(({ tick }) => tick.routedBytes)),
    follow: Math.max(0, followed.slope) * 1e6,
    make: Math.max(0, byRate(rates, ({ makerCpuMs }) => makerCpuMs).slope) * 1e6,
    serve: Math.max(0, served.slope - serveNode * RATES_NODES) * 1e6,
    serveNode: serveNode * 1e6,
    followAtAll: Math.max(0, followed.base),
    serveAtAll: Math.max(0, served.base),
    streamHeap: byStream(({ heapBytes }) => heapBytes),
    streamResident: byStream(({ residentBytes }) => residentBytes),
    streamIdle:
      Math.max(
        0,
        byStream(({ cpu }) => cpu),
      ) * 1e6,
    event: slope(streams.ticking.map(({ events, cpu }) => [events, cpu])) * 1e6,
  };
}

/** Nodes that received the ticks whose rate was varied. */
const RATES_NODES = 5;

/** Share of a core against ticks per second: the slope is the seconds that one tick takes. */
function byRate(ticks: readonly TickCost[], msOf: (tick: TickCost) => number) {
  return line(ticks.map((tick) => [tick.perSecond, (tick.perSecond * msOf(tick)) / 1_000]));
}

type Point = [x: number, y: number];

/** By least squares. */
export function line(points: readonly Point[]): { slope: number; base: number } {
  const [meanX, meanY] = [mean(points.map(([x]) => x)), mean(points.map(([, y]) => y))];
  const spread = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  const common = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  const tilt = spread === 0 ? 0 : common / spread;
  return { slope: tilt, base: meanY - tilt * meanX };
}

function slope(points: readonly Point[]): number {
  return line(points).slope;
}
