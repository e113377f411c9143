/** @module The raw numbers of a measurement of scale, as they are kept in a file. */

/** Milliseconds. */
export interface Quantiles {
  p50: number;
  p99: number;
  worst: number;
  count: number;
}

/** Nothing happens: what passes through the servers in a second, and processor time in parts of a core. */
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
  /** One node, the mean of all. */
  nodeCpu: number;
  heartbeats: number;
}

export interface RecordsLevel {
  unfinished: number;
  /** Per second, by one writer without HTTP; null when nothing was written for this level. */
  loadRate: number | null;
  /** Heap and what it holds outside, of one node, the mean of all. */
  nodeHeapBytes: number;
  /** Of one server, the mean of all. */
  serverResidentBytes: number;
  /** Of one server, the mean of all; without servers of the data folder. */
  diskBytes: number;
  /** As one replica counts them. */
  storedBytes: number;
  storedMessages: number;
  idle: Idle;
  /** A new node, beside the others. */
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

export interface NodesLevel {
  nodes: number;
  idle: Idle;
  connections: number;
  lifelines: number;
  /** Of one node, the mean of all. */
  heapBytes: number;
  /** Of the last node that was added. */
  syncedMs: number;
  /** Null with one node, or where nothing was killed. */
  takeover: { killedNodes: number; ms: Quantiles } | null;
  tickDelay: Quantiles | null;
  tick: TickCost;
}

/** Of one tick, beyond what passes when nothing happens. */
export interface TickCost {
  ticks: number;
  perSecond: number;
  in: number;
  out: number;
  inBytes: number;
  outBytes: number;
  routed: number;
  routedBytes: number;
  serversCpuMs: number;
  /** At a node that neither makes nor shows it; null when there is none. */
  nodeCpuMs: number | null;
  /** At the node that makes it. */
  makerCpuMs: number;
}

export interface StreamsLevel {
  streams: number;
  heapBytes: number;
  residentBytes: number;
  /** Of the node, in parts of a core. */
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

export interface Results {
  measuredAt: string;
  engine: string;
  /** Of nats-server; null without. */
  servers: string | null;
  node: string;
  cores: number;
  /** Small numbers, for trying it out. */
  isQuick: boolean;
  tookSeconds: number;
  records: Records;
  nodes: NodesLevel[];
  /** With five nodes in processes of their own, four of which make the ticks. */
  rates: TickCost[];
  /** The same, with so many more that only listen. */
  fanOut: { listeners: number; rates: TickCost[] };
  streams: Streams;
  files: Files;
}
