/** @module The raw numbers of a scale measurement, as stored in a file. */

/** Milliseconds. */
export interface Quantiles {
  p50: number;
  p99: number;
  worst: number;
  count: number;
}

/** Idle: traffic through the servers per second, and CPU time as a share of a core. */
export interface Idle {
  in: number;
  out: number;
  inBytes: number;
  outBytes: number;
  /** Between servers. */
  routed: number;
  routedBytes: number;
  /** All servers together. */
  serversCpu: number;
  /** Per node, averaged over all. */
  nodeCpu: number;
  heartbeats: number;
}

export interface RecordsLevel {
  unfinished: number;
  /** Per second, from one writer without HTTP; null when nothing was written for this level. */
  loadRate: number | null;
  /** Heap and external memory per node, averaged over all. */
  nodeHeapBytes: number;
  /** Per server, averaged over all. */
  serverResidentBytes: number;
  /** Per server, averaged over all; without servers, the size of the data folder. */
  diskBytes: number;
  /** As counted by one replica. */
  storedBytes: number;
  storedMessages: number;
  idle: Idle;
  /** For a new node that joins the others. */
  engineMs: number;
  syncedMs: number;
  newNodeHeapBytes: number;
  accept: Quantiles;
  acceptRate: number;
}

export interface Records {
  levels: RecordsLevel[];
  /** A minute after the last writes. */
  settled: { unfinished: number; nodeHeapBytes: number };
}

/** What it costs in addition to what nodes do anyway. */
export interface NodeCosts {
  nodes: number;
  /** Of one tick that nobody watches. */
  tick: Cost;
  /** Of one tick with one viewer at another node. */
  watched: Cost;
  /** Of one download from request to archive. */
  download: Cost;
}

/** Of an engine other than NATS. */
export interface EngineCosts {
  measuredAt: string;
  engine: string;
  version: string | null;
  levels: NodeCosts[];
}

/** Of the version before the state was divided. */
export interface Before {
  /** Its commit's description. */
  version: string;
  measuredAt: string;
  levels: NodeCosts[];
  /** Measured alternately with the version after it; a value for each run. */
  inTurn: { what: string; unit: "bytes" | "microseconds"; before: number[]; now: number[] }[];
}

/** What the page shows beside the results on NATS. */
export interface Beside {
  before: Before;
  others: EngineCosts[];
}

export interface NodesLevel extends NodeCosts {
  idle: Idle;
  connections: number;
  lifelines: number;
  /** Average per node. */
  heapBytes: number;
  /** For the last node that was added. */
  syncedMs: number;
  /** Null with one node, or when nothing was killed. */
  takeover: { killedNodes: number; ms: Quantiles } | null;
  tickDelay: Quantiles | null;
}

/** Cost of one of something, beyond the idle traffic. */
export interface Cost {
  count: number;
  perSecond: number;
  in: number;
  out: number;
  inBytes: number;
  outBytes: number;
  routed: number;
  routedBytes: number;
  /** Of a database, without those that only read; and the bytes in its log, for PostgreSQL. */
  transactions: number;
  logBytes: number;
  serversCpuMs: number;
  /** On each node that does not make it; null without such a node. */
  nodeCpuMs: number | null;
  /** On the node that makes it. */
  makerCpuMs: number;
}

export interface StreamsLevel {
  streams: number;
  heapBytes: number;
  residentBytes: number;
  /** CPU time of the node, as a share of a core. */
  cpu: number;
  /** Events that arrived, per second. */
  events: number;
  /** From the tick to the client; null without ticks. */
  delay: Quantiles | null;
}

export interface Streams {
  idle: StreamsLevel[];
  /** With this many ticks per second, all of which reach the node. */
  ticks: number;
  ticking: StreamsLevel[];
}

export interface Files {
  partBytes: number;
  parts: number;
  putMessages: number;
  putRoutedBytes: number;
  getMessages: number;
  storedBytes: number;
  storedMessages: number;
}

export const LAYOUT = 2;

/** On NATS. */
export interface Results {
  measuredAt: string;
  engine: string;
  /** Version of nats-server; null without one. */
  servers: string | null;
  node: string;
  cores: number;
  /** Of the shape of this file: others can't fill the page. */
  layout: number;
  /** Small numbers, for a trial run. */
  isQuick: boolean;
  tookSeconds: number;
  records: Records;
  nodes: NodesLevel[];
  /** With five nodes in separate processes, four of which make the ticks. */
  ticks: Cost[];
  /** The same; the fifth node shows all of them. */
  watchedTicks: Cost[];
  /** With the same nodes, four of which make the downloads. */
  downloads: Cost[];
  /** The same, with this many additional nodes that only listen. */
  fanOut: { listeners: number; downloads: Cost[] };
  /** What a finished download with all fields leaves at one server. */
  history: { messages: number; bytes: number; residentBytes: number; diskBytes: number };
  streams: Streams;
  files: Files;
}
