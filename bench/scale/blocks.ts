/** @module The tables and figures of the scale page, by the names that the page calls them. */

import { calculationTable, largestTable, variantsTable } from "./clusters.ts";
import { beforeTable, enginesTable, followersTable } from "./comparison.ts";
import { type Constants, constantsOf } from "./constants.ts";
import { largestCluster, needOf, USERS_10_MILLION } from "./model.ts";
import type { Beside, Cost, NodesLevel, Quantiles, RecordsLevel, Results, StreamsLevel } from "./results.ts";
import { bytes, count, figure, micro, ms, percent, table } from "./units.ts";

export function blocksOf(results: Results, { before, others }: Beside): Record<string, string> {
  const constants = constantsOf(results);
  const last = results.records.levels.at(-1)!;
  const largest = largestCluster(constants, USERS_10_MILLION);
  return {
    conditions: conditionsOf(results),
    "records-table": recordsTable(results.records.levels),
    "nodes-table": nodesTable(results.nodes),
    "messages-table": messagesTable(results.nodes),
    "ticks-table": costsTable("ticks", [
      ["nobody looks", results.ticks],
      ["the fifth node shows them", results.watchedTicks],
    ]),
    "downloads-table": costsTable("downloads", [
      ["five nodes", results.downloads],
      [`five nodes, and ${results.fanOut.listeners} that listen`, results.fanOut.downloads],
    ]),
    "streams-table": streamsTable(results.streams.idle, results.streams.ticking),
    "streams-ticks": count(results.streams.ticks),
    "most-records": count(last.unfinished),
    ...constantBlocks(constants),
    ...fileBlocks(results),
    "largest-table": largestTable(constants),
    "largest-nodes": count(largest.nodes),
    "largest-running": count(largest.nodes * USERS_10_MILLION.runningPerNode),
    "largest-ticks": count(largest.ticksPerSecond),
    "largest-downloads": count(largest.downloadsPerSecond),
    "largest-limit": largest.limit,
    "before-version": before.version,
    "before-date": before.measuredAt,
    "before-table": beforeTable({ before, now: results }),
    "followers-table": followersTable(before),
    "engines-table": enginesTable(others),
    "users-clusters": count(needOf(constants, USERS_10_MILLION).clusters),
    "calculation-table": calculationTable(constants),
    "variants-table": variantsTable(constants),
  };
}

function conditionsOf({ measuredAt, node, servers, engine, cores, tookSeconds, isQuick }: Results): string {
  const how = isQuick ? ", small numbers: only a trial" : "";
  const behind = servers === null ? `engine ${engine}` : `engine \`${engine}\` (nats-server ${servers})`;
  return `Measured on ${measuredAt} in ${Math.round(tookSeconds / 60)} minutes: Node ${node}, ${behind}, ${cores} cores${how}.`;
}

function recordsTable(levels: readonly RecordsLevel[]): string {
  return table(
    [
      "unfinished",
      "heap of a node",
      "a server, resident",
      "disk of a server",
      "new node synced",
      "accept p50 / p99",
      "accept, 64 callers",
      "heartbeats",
      "CPU of a node / of all servers, idle",
    ],
    levels.map((level) => [
      count(level.unfinished),
      bytes(level.nodeHeapBytes),
      bytes(level.serverResidentBytes),
      bytes(level.diskBytes),
      ms(level.syncedMs),
      `${ms(level.accept.p50)} / ${ms(level.accept.p99)}`,
      `${count(level.acceptRate)}/s`,
      `${figure(level.idle.heartbeats)}/s`,
      `${percent(level.idle.nodeCpu)} / ${percent(level.idle.serversCpu)}`,
    ]),
  );
}

function nodesTable(levels: readonly NodesLevel[]): string {
  return table(
    [
      "nodes",
      "heartbeats",
      "messages in / out / routed",
      "bytes out",
      "connections / lifelines",
      "CPU of a node / of all servers",
      "new node synced",
      "killed process runs elsewhere",
      "tick to a watcher elsewhere",
    ],
    levels.map(({ nodes, idle, connections, lifelines, syncedMs, takeover, tickDelay }) => [
      count(nodes),
      `${figure(idle.heartbeats)}/s`,
      `${figure(idle.in)} / ${figure(idle.out)} / ${figure(idle.routed)} per s`,
      `${bytes(idle.outBytes)}/s`,
      `${count(connections)} / ${count(lifelines)}`,
      `${percent(idle.nodeCpu)} / ${percent(idle.serversCpu)}`,
      ms(syncedMs),
      takeover === null ? "–" : `${middleAndWorst(takeover.ms)}, ${takeover.killedNodes} killed`,
      tickDelay === null ? "–" : `p50 ${ms(tickDelay.p50)}, p99 ${ms(tickDelay.p99)}`,
    ]),
  );
}

function middleAndWorst({ p50, worst }: Quantiles): string {
  return `median ${ms(p50)}, worst ${ms(worst)}`;
}

function messagesTable(levels: readonly NodesLevel[]): string {
  const messages = ({ in: into, out, routed }: Cost) =>
    `${figure(into)} / ${figure(out)} / ${figure(routed)}`;
  const size = ({ inBytes, outBytes, routedBytes }: Cost) =>
    `${bytes(inBytes)} / ${bytes(outBytes)} / ${bytes(routedBytes)}`;
  const rows = levels.flatMap(({ nodes, tick, watched, download }) =>
    Object.entries({
      "tick, nobody looks": tick,
      "tick, one viewer": watched,
      "whole download": download,
    }).map(([what, cost]) => [count(nodes), what, messages(cost), size(cost)]),
  );
  return table(["nodes", "one", "messages in / out / routed", "bytes in / out / routed"], rows);
}

function costsTable(what: string, groups: readonly [string, readonly Cost[]][]): string {
  const rows = groups.flatMap(([nodes, costs]) =>
    costs.map((cost) => [
      nodes,
      `${figure(cost.perSecond)}/s`,
      micro(cost.serversCpuMs * 1_000),
      micro(cost.makerCpuMs * 1_000),
      cost.nodeCpuMs === null ? "–" : micro(cost.nodeCpuMs * 1_000),
    ]),
  );
  return table(["nodes", what, "all servers, each", "its node", "the fifth node"], rows);
}

function streamsTable(idle: readonly StreamsLevel[], ticking: readonly StreamsLevel[]): string {
  return table(
    ["streams", "heap, idle", "resident, idle", "CPU, idle", "events", "CPU", "tick to client"],
    idle.map((level, index) => {
      const { events, cpu, delay } = ticking[index]!;
      return [
        count(level.streams),
        bytes(level.heapBytes),
        bytes(level.residentBytes),
        percent(level.cpu),
        `${count(events)}/s`,
        percent(cpu),
        delay === null ? "–" : `p50 ${ms(delay.p50)}, p99 ${ms(delay.p99)}`,
      ];
    }),
  );
}

function constantBlocks(constants: Constants): Record<string, string> {
  return {
    "node-heap": bytes(constants.nodeHeap),
    "node-heap-settled": bytes(constants.nodeHeapSettled),
    "server-resident": bytes(constants.serverResident),
    disk: bytes(constants.disk),
    stored: bytes(constants.stored),
    sync: micro(constants.syncMicroseconds),
    "idle-in": figure(constants.idleIn),
    "idle-out": figure(constants.idleOut),
    "idle-out-bytes": bytes(constants.idleOutBytes),
    "idle-node": percent(constants.idleNodeCpu),
    "idle-servers": percent(constants.idleServersCpu),
    "tick-out": figure(constants.tickOut),
    "tick-routed": figure(constants.tickRouted),
    "tick-routed-bytes": bytes(constants.tickRoutedBytes),
    "view-out": figure(constants.viewOut),
    "view-out-bytes": bytes(constants.viewOutBytes),
    "download-in": figure(constants.downloadIn),
    "download-out": figure(constants.downloadOut),
    "download-out-bytes": bytes(constants.downloadOutBytes),
    "download-routed": figure(constants.downloadRouted),
    "make-tick": micro(constants.makeTick),
    "view-tick": micro(constants.viewTick),
    "serve-tick": micro(constants.serveTick),
    "serve-view": micro(constants.serveView),
    "make-download": micro(constants.makeDownload),
    "follow-download": micro(constants.followDownload),
    "serve-download": micro(constants.serveDownload),
    "serve-download-node": micro(constants.serveDownloadNode),
    "history-messages": figure(constants.historyMessages),
    "history-bytes": bytes(constants.historyBytes),
    "history-resident": bytes(constants.historyResident),
    "history-disk": bytes(constants.historyDisk),
    "stream-heap": bytes(constants.streamHeap),
    "stream-resident": bytes(constants.streamResident),
    "stream-idle": micro(constants.streamIdle),
    event: micro(constants.event),
  };
}

function fileBlocks({ files }: Results): Record<string, string> {
  const { parts, partBytes, putMessages, getMessages, putRoutedBytes, storedBytes } = files;
  return {
    "file-part": bytes(partBytes),
    "file-put": figure(putMessages / parts),
    "file-get": figure(getMessages / parts),
    "file-routed": figure(putRoutedBytes / (parts * partBytes)),
    "file-stored": percent(storedBytes / (parts * partBytes) - 1),
  };
}
