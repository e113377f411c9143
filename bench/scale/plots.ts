/** @module The plots of the scale page. */

import { type Panel, plot, type Series } from "./plot.ts";
import type { Cost, NodesLevel, RecordsLevel, Results, StreamsLevel } from "./results.ts";

const MEBI = 1024 * 1024;

/** By file name. */
export function plotsOf({ records, nodes, downloads, streams }: Results): Record<string, string> {
  return {
    "scale-records.svg": plot("What unfinished downloads cost", recordPanels(records.levels)),
    "scale-nodes.svg": plot("What nodes cost each other", nodePanels(nodes, downloads)),
    "scale-streams.svg": plot("What event streams cost a node", streamPanels(streams)),
  };
}

function recordPanels(levels: readonly RecordsLevel[]): Panel[] {
  const series = (name: string, of: (level: RecordsLevel) => number): Series => {
    return { name, points: levels.map((level) => [level.unfinished, of(level)]) };
  };
  const x = "unfinished downloads";
  const accept = [series("p50", (level) => level.accept.p50), series("p99", (level) => level.accept.p99)];
  const memory = [
    series("a node", (level) => level.nodeHeapBytes / MEBI),
    series("a server", (level) => level.serverResidentBytes / MEBI),
  ];
  const synced = [series("synced", (level) => level.syncedMs / 1000)];
  const idle = [
    series("a node", (level) => level.idle.nodeCpu * 100),
    series("servers", (level) => level.idle.serversCpu * 100),
  ];
  return [
    { title: "A request is accepted (HTTP, one at a time)", x, y: "ms", series: accept },
    { title: "Memory", x, y: "MiB (heap of a node, resident of a server)", series: memory },
    { title: "A new node has read them", x, y: "s", series: synced },
    { title: "Processor time while nothing happens", x, y: "% of a core", series: idle },
  ];
}

function nodePanels(levels: readonly NodesLevel[], downloads: readonly Cost[]): Panel[] {
  const series = (name: string, of: (level: NodesLevel) => number | undefined): Series => {
    const points = levels.flatMap((level) => {
      const value = of(level);
      return value === undefined ? [] : [[level.nodes, value] as const];
    });
    return { name, points };
  };
  const x = "nodes";
  const idle = [
    series("in", (level) => level.idle.in),
    series("out", (level) => level.idle.out),
    series("routed", (level) => level.idle.routed),
  ];
  const tick = [
    series("tick, nobody looks", (level) => level.tick.out),
    series("tick, one viewer", (level) => level.watched.out),
    series("whole download", (level) => level.download.out),
  ];
  const byRate = (name: string, of: (cost: Cost) => number): Series => {
    return { name, points: downloads.map((cost) => [cost.perSecond, of(cost) * 1_000]) };
  };
  const cpu = [
    byRate("another node", ({ nodeCpuMs }) => nodeCpuMs ?? 0),
    byRate("maker", ({ makerCpuMs }) => makerCpuMs),
    byRate("servers", ({ serversCpuMs }) => serversCpuMs),
  ];
  const takeover = [
    series("median", (level) => level.takeover?.ms.p50),
    series("worst", (level) => level.takeover?.ms.worst),
  ];
  return [
    { title: "Messages while nothing happens", x, y: "per second", series: idle },
    { title: "Messages to nodes", x, y: "of one tick, of one download", series: tick },
    {
      title: "Processor time of one download, five nodes",
      x: "downloads per second",
      y: "µs per download",
      series: cpu,
    },
    { title: "A killed process's downloads run elsewhere", x, y: "ms", series: takeover },
  ];
}

function streamPanels({ idle, ticking }: Results["streams"]): Panel[] {
  const series = (
    name: string,
    levels: readonly StreamsLevel[],
    of: (level: StreamsLevel) => number | undefined,
  ): Series => {
    const points = levels.flatMap((level) => {
      const value = of(level);
      return value === undefined ? [] : [[level.streams, value] as const];
    });
    return { name, points };
  };
  const both = (of: (level: StreamsLevel) => number) => [
    series("idle", idle, of),
    series("1 tick/s", ticking, of),
  ];
  const x = "open streams";
  const delay = [
    series("p50", ticking, (level) => level.delay?.p50),
    series("p99", ticking, (level) => level.delay?.p99),
  ];
  return [
    { title: "Heap of the node", x, y: "MiB", series: both((level) => level.heapBytes / MEBI) },
    { title: "Processor time of the node", x, y: "% of a core", series: both((level) => level.cpu * 100) },
    {
      title: "Events that arrive",
      x,
      y: "per second",
      series: [series("events", ticking, (level) => level.events)],
    },
    { title: "From the tick to the client", x, y: "ms", series: delay },
  ];
}
