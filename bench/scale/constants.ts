/** @module Marginal costs: slopes fitted to the measurements. */

import { COST_NODES } from "./costs.ts";
import type { Cost, Results } from "./results.ts";
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
  /** Messages per second, per node. */
  idleIn: number;
  /** Messages to clients per second, per pair of nodes. */
  idleOut: number;
  idleOutBytes: number;
  /** Share of a core: on a node for each other node, on all servers for each pair. */
  idleNodeCpu: number;
  idleServersCpu: number;
  /** Per tick that nobody watches. */
  tickOut: number;
  tickOutBytes: number;
  tickRouted: number;
  tickRoutedBytes: number;
  /** Per tick, in addition, for one viewer. */
  viewOut: number;
  viewOutBytes: number;
  /** Per download, from request to archive: writes, and messages to clients for each node. */
  downloadIn: number;
  downloadInBytes: number;
  downloadOut: number;
  downloadOutBytes: number;
  downloadRouted: number;
  /** Microseconds of CPU time per tick at high rates: on the making node, on the node that shows it, on all servers. */
  makeTick: number;
  viewTick: number;
  serveTick: number;
  /** On all servers, in addition, for the node that shows it. */
  serveView: number;
  /** The same per download; `followDownload` on each node that does not make it. */
  makeDownload: number;
  followDownload: number;
  serveDownload: number;
  /** On all servers together, for each node. */
  serveDownloadNode: number;
  /** What a finished download leaves at a server. */
  historyMessages: number;
  historyBytes: number;
  historyResident: number;
  historyDisk: number;
  /** Per open stream. */
  streamHeap: number;
  streamResident: number;
  /** Microseconds of CPU time: per stream and second while idle, and per event. */
  streamIdle: number;
  event: number;
}

export function constantsOf(results: Results): Constants {
  const { records, nodes, ticks, watchedTicks, downloads, fanOut, streams, history } = results;
  const { levels, settled } = records;
  const byRecord = (of: (level: (typeof levels)[number]) => number) =>
    slope(levels.map((level) => [level.unfinished, of(level)]));
  const synced = line(levels.map((level) => [level.unfinished, level.syncedMs]));
  const byNode = (of: (level: (typeof nodes)[number]) => number) =>
    line(nodes.map((level) => [level.nodes, of(level)]));
  const positive = (value: number) => Math.max(0, value);
  const cpuOf = (costs: readonly Cost[], of: (cost: Cost) => number) =>
    positive(byRate(costs, of).slope) * 1e6;
  const servers = ({ serversCpuMs }: Cost) => serversCpuMs;
  const serveTick = cpuOf(ticks, servers);
  const serveDownloadNode =
    positive(cpuOf(fanOut.downloads, servers) - cpuOf(downloads, servers)) / fanOut.listeners;
  const byStream = (of: (level: (typeof streams.idle)[number]) => number) =>
    slope(streams.idle.map((level) => [level.streams, of(level)]));
  return {
    nodeHeap: byRecord(({ nodeHeapBytes }) => nodeHeapBytes),
    nodeHeapSettled: (settled.nodeHeapBytes - levels[0]!.nodeHeapBytes) / settled.unfinished,
    serverResident: byRecord(({ serverResidentBytes }) => serverResidentBytes),
    disk: byRecord(({ diskBytes }) => diskBytes),
    stored: byRecord(({ storedBytes }) => storedBytes),
    syncMicroseconds: synced.slope * 1_000,
    idleIn: byNode(({ idle }) => idle.in).slope,
    idleOut: byNode(({ idle, nodes: count }) => idle.out / count).slope,
    idleOutBytes: byNode(({ idle, nodes: count }) => idle.outBytes / count).slope,
    idleNodeCpu: positive(byNode(({ idle }) => idle.nodeCpu).slope),
    idleServersCpu: positive(byNode(({ idle, nodes: count }) => idle.serversCpu / count).slope),
    tickOut: mean(nodes.map(({ tick }) => tick.out)),
    tickOutBytes: mean(nodes.map(({ tick }) => tick.outBytes)),
    tickRouted: mean(nodes.map(({ tick }) => tick.routed)),
    tickRoutedBytes: mean(nodes.map(({ tick }) => tick.routedBytes)),
    viewOut: mean(nodes.map(({ tick, watched }) => watched.out - tick.out)),
    viewOutBytes: mean(nodes.map(({ tick, watched }) => watched.outBytes - tick.outBytes)),
    downloadIn: mean(nodes.map(({ download }) => download.in)),
    downloadInBytes: mean(nodes.map(({ download }) => download.inBytes)),
    downloadOut: byNode(({ download }) => download.out).slope,
    downloadOutBytes: byNode(({ download }) => download.outBytes).slope,
    downloadRouted: mean(nodes.map(({ download }) => download.routed)),
    makeTick: cpuOf(ticks, ({ makerCpuMs }) => makerCpuMs),
    viewTick: cpuOf(watchedTicks, ({ nodeCpuMs }) => nodeCpuMs ?? 0),
    serveTick,
    serveView: positive(cpuOf(watchedTicks, servers) - serveTick),
    makeDownload: cpuOf(downloads, ({ makerCpuMs }) => makerCpuMs),
    followDownload: cpuOf(downloads, ({ nodeCpuMs }) => nodeCpuMs ?? 0),
    serveDownload: positive(cpuOf(downloads, servers) - serveDownloadNode * COST_NODES),
    serveDownloadNode,
    historyMessages: history.messages,
    historyBytes: history.bytes,
    historyResident: history.residentBytes,
    historyDisk: history.diskBytes,
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

/** Share of a core against events per second: the slope is the seconds that one takes. */
function byRate(costs: readonly Cost[], msOf: (cost: Cost) => number) {
  return line(costs.map((cost) => [cost.perSecond, (cost.perSecond * msOf(cost)) / 1_000]));
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
