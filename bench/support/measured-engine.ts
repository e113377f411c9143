/** @module An engine whose servers report their traffic. */

import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { jetstreamManager } from "@nats-io/jetstream";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import type { NatsServers } from "../../test/support/nats-servers.ts";
import { type BenchEngine, chosenEngine, openBenchEngine } from "./engine.ts";
import { cpuMsOf, diskBytesOf, residentBytesOf } from "./process-figures.ts";

/** Totals over all servers since their start. Zeros without servers. */
export interface ServerCounts {
  /** Messages from and to clients. */
  in: number;
  out: number;
  inBytes: number;
  outBytes: number;
  /** Messages between servers: replication, and messages for clients of another server. */
  routed: number;
  routedBytes: number;
  cpuMs: number;
}

/** For the streams of one kind, as reported by their leaders. */
export interface StreamCounts {
  messages: number;
  bytes: number;
  /** Messages ever stored. */
  stored: number;
}

export interface MeasuredEngine extends BenchEngine {
  counts(): Promise<ServerCounts>;
  /** Client connections, without those used to measure. */
  connections(): Promise<number>;
  /** Per server. */
  residentBytes(): number[];
  /** For all servers together, or for the data folder. */
  diskBytes(): Promise<number>;
  streams(kind: "records" | "files"): Promise<StreamCounts>;
  /** "2.15.1", or null without servers. */
  readonly version: string | null;
}

/** The measuring connection may ask the servers for their counters (the system account). */
const LOGIN = { user: "sys", pass: "counts" };
const CONFIG = `accounts { $SYS { users: [ { user: "${LOGIN.user}", password: "${LOGIN.pass}" } ] } }\n`;
/** Connections that count heartbeats, query the streams, and query the counters. */
const OWN_CONNECTIONS = 3;

interface Variables {
  connections: number;
  in_msgs: number;
  out_msgs: number;
  in_bytes: number;
  out_bytes: number;
  in_client_msgs: number;
  out_client_msgs: number;
  in_client_bytes: number;
  out_client_bytes: number;
}

/** Opens an empty one: SQLite or NATS, whose traffic and disk are counted. */
export async function openMeasuredEngine(): Promise<MeasuredEngine> {
  if (chosenEngine() === "postgres") {
    throw new TypeError("--engine must be sqlite or one of NATS for this part, not postgres");
  }
  const dir = await mkdtemp(join(tmpdir(), "carryout-scale-"));
  const engine = await openBenchEngine({ config: CONFIG, dir });
  if (engine.servers === null) return withoutServers(engine);
  const system = await connect({ servers: engine.servers.addresses, ...LOGIN });
  const client = await connect({ servers: engine.servers.addresses });
  return withServers(engine, engine.servers, { dir, system, client });
}

function withoutServers(engine: BenchEngine): MeasuredEngine {
  const folder = engine.url.slice("sqlite:".length);
  return {
    ...engine,
    version: null,
    counts: async () => ({ in: 0, out: 0, inBytes: 0, outBytes: 0, routed: 0, routedBytes: 0, cpuMs: 0 }),
    connections: async () => 0,
    residentBytes: () => [],
    diskBytes: () => diskBytesOf(folder),
    streams: async () => ({ messages: 0, bytes: 0, stored: 0 }),
  };
}

function withServers(
  engine: BenchEngine,
  servers: NatsServers,
  { dir, system, client }: { dir: string; system: NatsConnection; client: NatsConnection },
): MeasuredEngine {
  const pids = servers.names.map((_, index) => servers.pid(index));
  const variables = () => variablesOf(system, pids.length);
  return {
    ...engine,
    version: client.info?.version ?? null,
    async counts() {
      const all = await variables();
      const sum = (of: (each: Variables) => number) => all.reduce((total, each) => total + of(each), 0);
      return {
        in: sum((each) => each.in_client_msgs),
        out: sum((each) => each.out_client_msgs),
        inBytes: sum((each) => each.in_client_bytes),
        outBytes: sum((each) => each.out_client_bytes),
        routed: sum((each) => each.out_msgs - each.out_client_msgs),
        routedBytes: sum((each) => each.out_bytes - each.out_client_bytes),
        cpuMs: pids.reduce((total, pid) => total + cpuMsOf(pid), 0),
      };
    },
    async connections() {
      const all = await variables();
      return all.reduce((total, { connections }) => total + connections, 0) - OWN_CONNECTIONS;
    },
    residentBytes: () => pids.map(residentBytesOf),
    diskBytes: () => diskBytesOf(dir),
    async streams(kind) {
      const manager = await jetstreamManager(client);
      const counts = { messages: 0, bytes: 0, stored: 0 };
      for await (const { config, state } of manager.streams.list()) {
        if (!config.name.includes(`-${kind}`)) continue;
        counts.messages += state.messages;
        counts.bytes += state.bytes;
        counts.stored += state.last_seq;
      }
      return counts;
    },
    async dispose() {
      await system.close();
      await client.close();
      await engine.dispose();
    },
  };
}

async function variablesOf(system: NatsConnection, servers: number): Promise<Variables[]> {
  const answers = await system.requestMany("$SYS.REQ.SERVER.PING.VARZ", "", {
    strategy: "count",
    maxMessages: servers,
    maxWait: 2_000,
  });
  const all: Variables[] = [];
  for await (const answer of answers) all.push(answer.json<{ data: Variables }>().data);
  if (all.length !== servers) throw new Error(`${all.length} of ${servers} servers told their counters`);
  return all;
}

export function countsBetween(before: ServerCounts, after: ServerCounts): ServerCounts {
  const names = Object.keys(before) as (keyof ServerCounts)[];
  return Object.fromEntries(
    names.map((name) => [name, after[name] - before[name]]),
  ) as unknown as ServerCounts;
}
