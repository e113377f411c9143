/** @module The tables about the largest cluster, and about ten million users. */

import type { Constants } from "./constants.ts";
import { type Assumptions, largestCluster, needOf, ROOM, USERS_10_MILLION } from "./model.ts";
import { bytes, count, figure, percent, table } from "./units.ts";

export function largestTable(constants: Constants): string {
  const rows: string[][] = [];
  for (const runningPerNode of [10, 50, 100, 500]) {
    for (const ticksPerSecond of [1, 10]) {
      const assumptions = { ...USERS_10_MILLION, runningPerNode, ticksPerSecond };
      const cluster = largestCluster(constants, assumptions);
      const running = count(cluster.nodes * runningPerNode);
      const rates = [`${count(cluster.ticksPerSecond)}/s`, `${count(cluster.downloadsPerSecond)}/s`];
      const row = [count(cluster.nodes), running, ...rates, cluster.limit];
      rows.push([count(runningPerNode), `${ticksPerSecond}/s`, ...row]);
    }
  }
  return table(
    [
      "running on a node",
      "ticks of each",
      "nodes at most",
      "running in all",
      "ticks",
      "downloads",
      "limited by",
    ],
    rows,
  );
}

export function calculationTable(constants: Constants): string {
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
        `${count(cluster.nodes)} nodes`,
      ],
      ["clusters", "nodes ÷ nodes of a cluster", count(need.clusters)],
      ["NATS servers for records", `clusters × ${ROOM.servers}`, count(need.clusters * ROOM.servers)],
      ["finished ones kept", `${count(perDay)} a day × ${given.keptHours} h`, count(need.kept)],
      [
        "memory of a server",
        "running and kept ones of a cluster × their bytes resident",
        bytes(need.serverMemoryBytes),
      ],
      [
        "disk of a server, without files",
        "running and kept ones of a cluster × their bytes",
        bytes(need.serverDiskBytes),
      ],
      ["start of a node", "running ones of a cluster × time to read one", `${figure(need.startSeconds)} s`],
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

export function variantsTable(constants: Constants): string {
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
      "kept by a cluster",
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
        count(need.kept / need.clusters),
        bytes(3 * need.fileBytes),
        `${figure((need.fileBytesPerSecond * 8) / 1e9)} Gbit/s`,
      ];
    }),
  );
}
