/** @module The tables and figures of the scale page, by the names that the page calls them. */

import { type Constants, constantsOf } from "./constants.ts";
import { type Assumptions, largestCluster, needOf, ROOM, USERS_10_MILLION } from "./model.ts";
import type { NodesLevel, Quantiles, RecordsLevel, Results, StreamsLevel, TickCost } from "./results.ts";
import { bytes, count, figure, micro, ms, percent, table } from "./units.ts";

export function blocksOf(results: Results): Record<string, string> {
  const constants = constantsOf(results);
  const last = results.records.levels.at(-1)!;
  const largest = largestCluster(constants, USERS_10_MILLION);
  return {
    conditions: conditionsOf(results),
    "records-table": recordsTable(results.records.levels),
    "nodes-table": nodesTable(results.nodes),
    "ticks-table": ticksTable(results.nodes.map(({ nodes, tick }) => [count(nodes), tick])),
    "rates-table": ticksTable([
      ...results.rates.map((tick) => ["5", tick] as [string, TickCost]),
      ...results.fanOut.rates.map(
        (tick) => [`5, and ${results.fanOut.listeners} that listen`, tick] as [string, TickCost],
      ),
    ]),
    "streams-table": streamsTable(results.streams.idle, results.streams.ticking),
    "streams-ticks": count(results.streams.ticks),
    "most-records": count(last.unfinished),
    ...constantBlocks(constants),
    ...fileBlocks(results),
    "largest-table": largestTable(constants),
    "largest-nodes": count(largest.nodes),
    "largest-running": count(largest.nodes * USERS_10_MILLION.runningPerNode),
    "largest-writes": count(largest.writesPerSecond),
    "largest-limit": largest.limit,
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

function ticksTable(levels: readonly [string, TickCost][]): string {
  return table(
    [
      "nodes",
      "ticks",
      "messages in / out / routed",
      "bytes in / out / routed",
      "all servers",
      "a follower",
      "the maker",
    ],
    levels.map(([nodes, tick]) => [
      nodes,
      `${figure(tick.perSecond)}/s`,
      `${figure(tick.in)} / ${figure(tick.out)} / ${figure(tick.routed)}`,
      `${bytes(tick.inBytes)} / ${bytes(tick.outBytes)} / ${bytes(tick.routedBytes)}`,
      micro(tick.serversCpuMs * 1_000),
      tick.nodeCpuMs === null ? "–" : micro(tick.nodeCpuMs * 1_000),
      micro(tick.makerCpuMs * 1_000),
    ]),
  );
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
    "sync-base": ms(constants.syncBaseMs),
    "idle-in": figure(constants.idleIn),
    "idle-out": figure(constants.idleOut),
    "idle-out-bytes": bytes(constants.idleOutBytes),
    "tick-out": figure(constants.tickOut),
    "tick-out-bytes": bytes(constants.tickOutBytes),
    "tick-routed": figure(constants.tickRouted),
    "tick-routed-bytes": bytes(constants.tickRoutedBytes),
    follow: micro(constants.follow),
    make: micro(constants.make),
    serve: micro(constants.serve),
    "serve-node": micro(constants.serveNode),
    "follow-at-all": percent(constants.followAtAll),
    "serve-at-all": percent(constants.serveAtAll),
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

function largestTable(constants: Constants): string {
  const rows: string[][] = [];
  for (const runningPerNode of [10, 50, 100, 500]) {
    for (const ticksPerSecond of [1, 10]) {
      const assumptions = { ...USERS_10_MILLION, runningPerNode, ticksPerSecond };
      const { nodes, limit, writesPerSecond } = largestCluster(constants, assumptions);
      const running = count(nodes * runningPerNode);
      const row = [count(nodes), running, `${count(writesPerSecond)}/s`, limit];
      rows.push([count(runningPerNode), `${ticksPerSecond}/s`, ...row]);
    }
  }
  return table(
    ["running on a node", "ticks of each", "nodes at most", "running in all", "writes", "limited by"],
    rows,
  );
}

function calculationTable(constants: Constants): string {
  const given = USERS_10_MILLION;
  const need = needOf(constants, given);
  const { cluster } = need;
  const perDay = given.users * given.requestsPerUserAndDay;
  return table(
    ["what", "how", "result"],
    [
      [
        "requests, busiest hour",
        `${count(perDay)} a day ÷ 86,400 s × ${given.peak}`,
        `${count(need.requestsPerSecond)}/s`,
      ],
      ["running at once", `requests × ${given.generationSeconds} s`, count(need.running)],
      ["ticks", `running × ${given.ticksPerSecond}/s`, `${count(need.ticksPerSecond)}/s`],
      ["event streams", `running × ${percent(given.watching)}`, count(need.streams)],
      ["nodes", `running ÷ ${given.runningPerNode}`, count(need.nodes)],
      [
        "a cluster at most",
        `largest with room to spare; limited by ${cluster.limit}`,
        `${count(cluster.nodes)} nodes, ${count(cluster.writesPerSecond)} writes/s`,
      ],
      ["clusters", "nodes ÷ nodes of a cluster", count(need.clusters)],
      ["NATS servers for records", `clusters × ${ROOM.servers}`, count(need.clusters * ROOM.servers)],
      ["records kept", `${count(perDay)} a day × ${given.keptHours} h + running`, count(need.records)],
      [
        "memory of a server",
        "records of a cluster × bytes resident per record",
        bytes(need.serverMemoryBytes),
      ],
      [
        "disk of a server, records",
        "records of a cluster × bytes on disk per record",
        bytes(need.serverDiskBytes),
      ],
      ["start of a node", "records of a cluster × time to read one", `${figure(need.startSeconds)} s`],
      ["files kept", `${bytes(given.fileBytes)} each × ${given.keptHours} h`, bytes(need.fileBytes)],
      ["disks for files on NATS", "× 3 replicas", bytes(3 * need.fileBytes)],
      [
        "files made, busiest hour",
        `requests × ${bytes(given.fileBytes)}; as much again is fetched`,
        `${figure((need.fileBytesPerSecond * 8) / 1e9)} Gbit/s`,
      ],
    ],
  );
}

function variantsTable(constants: Constants): string {
  const variants: [string, Partial<Assumptions>][] = [
    ["as above", {}],
    ["10 ticks/s, all that Carryout lets through", { ticksPerSecond: 10 }],
    ["a tick every 5 s", { ticksPerSecond: 0.2 }],
    ["generations of 5 minutes", { generationSeconds: 300 }],
    ["generations of 5 seconds", { generationSeconds: 5 }],
    ["3 requests per user and day", { requestsPerUserAndDay: 3 }],
    ["one request per user and month", { requestsPerUserAndDay: 1 / 30 }],
    ["files of 100 MB", { fileBytes: 100e6 }],
    ["files kept for 1 hour", { keptHours: 1 }],
    ["10 generations per node", { runningPerNode: 10 }],
  ];
  return table(
    [
      "other assumption",
      "requests",
      "running",
      "nodes",
      "clusters",
      "limited by",
      "records of a cluster",
      "files × 3",
      "files made",
    ],
    variants.map(([what, changes]) => {
      const need = needOf(constants, { ...USERS_10_MILLION, ...changes });
      return [
        what,
        `${count(need.requestsPerSecond)}/s`,
        count(need.running),
        count(need.nodes),
        count(need.clusters),
        need.cluster.limit,
        count(need.records / need.clusters),
        bytes(3 * need.fileBytes),
        `${figure((need.fileBytesPerSecond * 8) / 1e9)} Gbit/s`,
      ];
    }),
  );
}
