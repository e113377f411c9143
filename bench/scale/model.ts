/** @module From unit costs to the largest possible cluster, and what a given number of users needs. */

import type { Constants } from "./constants.ts";

export interface Assumptions {
  users: number;
  requestsPerUserAndDay: number;
  /** Load of the busiest hour relative to the average. */
  peak: number;
  generationSeconds: number;
  /** Per running download. */
  ticksPerSecond: number;
  /** Share of the users with a running download who have the page open. */
  watching: number;
  fileBytes: number;
  keptHours: number;
  /** Concurrent generations per node. */
  runningPerNode: number;
}

export const USERS_10_MILLION: Assumptions = {
  users: 10_000_000,
  requestsPerUserAndDay: 1,
  peak: 3,
  generationSeconds: 60,
  ticksPerSecond: 1,
  watching: 0.8,
  fileBytes: 5e6,
  keptHours: 24,
  runningPerNode: 100,
};

/** What a cluster may use and still have headroom when a node or a server is lost. */
export const ROOM = {
  /** Share of the one core that a node's event loop runs on. */
  nodeCore: 0.5,
  servers: 3,
  serverCores: 8,
  /** Share of a server's cores. */
  serverShare: 0.5,
  /** Per second and server: half of 10 Gbit/s. */
  networkBytes: 0.5 * 1.25e9,
  /** Time until a new node has read all unfinished downloads. */
  startSeconds: 30,
} as const;

/** Copies of each record and each part, on three servers. */
export const REPLICAS = 3;
const MOST_NODES = 10_000;

export interface Cluster {
  nodes: number;
  /** The resource that rules out another node. */
  limit: string;
  ticksPerSecond: number;
  downloadsPerSecond: number;
}

/** The largest cluster whose nodes are all fully loaded with this work. Zero nodes when a single one is too many. */
export function largestCluster(constants: Constants, assumptions: Assumptions): Cluster {
  let nodes = 0;
  for (;;) {
    const load = loadOf(constants, assumptions, nodes + 1);
    const limit = Object.entries(load.shares).find(([, share]) => share > 1)?.[0];
    if (limit !== undefined || nodes >= MOST_NODES) {
      const { ticks, downloads } = loadOf(constants, assumptions, nodes);
      return { nodes, limit: limit ?? "none", ticksPerSecond: ticks, downloadsPerSecond: downloads };
    }
    nodes += 1;
  }
}

/** The share of each budget that this many busy nodes use. A viewer's node is any node, hardly ever the maker. */
function loadOf(constants: Constants, assumptions: Assumptions, nodes: number) {
  const { generationSeconds, ticksPerSecond, watching, runningPerNode } = assumptions;
  const c = constants;
  const running = nodes * runningPerNode;
  const streams = runningPerNode * watching;
  const ticksPerNode = runningPerNode * ticksPerSecond;
  const viewedPerNode = ticksPerNode * watching;
  const downloadsPerNode = runningPerNode / generationSeconds;
  const [ticks, viewed, downloads] = [ticksPerNode * nodes, viewedPerNode * nodes, downloadsPerNode * nodes];
  const nodeMicroseconds =
    ticksPerNode * c.makeTick +
    viewedPerNode * (c.viewTick + c.event) +
    downloadsPerNode * c.makeDownload +
    downloads * c.followDownload +
    streams * c.streamIdle;
  const serverMicroseconds =
    ticks * c.serveTick + viewed * c.serveView + downloads * (c.serveDownload + nodes * c.serveDownloadNode);
  const nodeCore = nodes * c.idleNodeCpu + nodeMicroseconds / 1e6;
  const serverCores = nodes ** 2 * c.idleServersCpu + serverMicroseconds / 1e6;
  const network =
    nodes ** 2 * c.idleOutBytes +
    ticks * (c.tickOutBytes + c.tickRoutedBytes) +
    viewed * c.viewOutBytes +
    downloads * (nodes * c.downloadOutBytes + REPLICAS * c.downloadInBytes);
  return {
    ticks,
    downloads,
    shares: {
      "a node's processor": nodeCore / ROOM.nodeCore,
      "the servers' processors": serverCores / ROOM.servers / (ROOM.serverCores * ROOM.serverShare),
      "the servers' network": network / ROOM.servers / ROOM.networkBytes,
      "the start of a node": (running * c.syncMicroseconds) / 1e6 / ROOM.startSeconds,
    },
  };
}

/** What these users need at the busiest hour. */
export interface Need {
  requestsPerSecond: number;
  running: number;
  ticksPerSecond: number;
  streams: number;
  nodes: number;
  /** Number of clusters, each of the largest possible size. */
  clusters: number;
  cluster: Cluster;
  /** Finished ones that are kept at a time, over all clusters. */
  kept: number;
  /** Per server of one cluster. */
  serverMemoryBytes: number;
  serverDiskBytes: number;
  startSeconds: number;
  /** Total size of the files, without replicas. */
  fileBytes: number;
  /** File bytes generated per second; the same amount is fetched. */
  fileBytesPerSecond: number;
}

export function needOf(constants: Constants, assumptions: Assumptions): Need {
  const { users, requestsPerUserAndDay, peak, generationSeconds, fileBytes, keptHours } = assumptions;
  const perSecond = (users * requestsPerUserAndDay) / 86_400;
  const requestsPerSecond = perSecond * peak;
  const running = requestsPerSecond * generationSeconds;
  const nodes = Math.ceil(running / assumptions.runningPerNode);
  const cluster = largestCluster(constants, assumptions);
  const clusters = cluster.nodes === 0 ? Number.POSITIVE_INFINITY : Math.ceil(nodes / cluster.nodes);
  const kept = perSecond * keptHours * 3_600;
  return {
    requestsPerSecond,
    running,
    ticksPerSecond: running * assumptions.ticksPerSecond,
    streams: running * assumptions.watching,
    nodes,
    clusters,
    cluster,
    kept,
    serverMemoryBytes: (running * constants.serverResident + kept * constants.historyResident) / clusters,
    serverDiskBytes: (running * constants.disk + kept * constants.historyDisk) / clusters,
    startSeconds: (running * constants.syncMicroseconds) / 1e6 / clusters,
    fileBytes: perSecond * keptHours * 3_600 * fileBytes,
    fileBytesPerSecond: requestsPerSecond * fileBytes,
  };
}
