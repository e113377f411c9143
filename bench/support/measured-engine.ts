/** @module An engine whose servers report their traffic. */

import { mkdtemp, open } from "node:fs/promises";
import { endianness, tmpdir } from "node:os";
import { join } from "node:path";
import { jetstreamManager } from "@nats-io/jetstream";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import type { NatsServers } from "../../test/support/nats-servers.ts";
import type { PostgresServer } from "../../test/support/postgres.testing.ts";
import { type BenchEngine, openBenchEngine } from "./engine.ts";
import { cpuMsOf, diskBytesOf, residentBytesOf } from "./process-figures.ts";

/** Totals over all servers since their start: messages and processor time of NATS, transactions of a database. */
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
  /** Those that wrote. */
  transactions: number;
  /** What they wrote to the log of PostgreSQL. */
  logBytes: number;
}

const NO_COUNTS: ServerCounts = {
  in: 0,
  out: 0,
  inBytes: 0,
  outBytes: 0,
  routed: 0,
  routedBytes: 0,
  cpuMs: 0,
  transactions: 0,
  logBytes: 0,
};

/** What the names of streams hold: those of the slots have the name that the records had. */
const STREAM_NAMES = { slots: "-records-", work: "-work-", history: "-history-", files: "-files" } as const;
export type StreamKind = keyof typeof STREAM_NAMES;

/** For the streams of some kinds together, as reported by their leaders. */
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
  /** For all servers of NATS together, for the databases of PostgreSQL, or for the data folder. */
  diskBytes(): Promise<number>;
  streams(...kinds: readonly StreamKind[]): Promise<StreamCounts>;
  /** Of nats-server, of PostgreSQL, or of SQLite. */
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

/** Opens an empty one. */
export async function openMeasuredEngine(): Promise<MeasuredEngine> {
  const dir = await mkdtemp(join(tmpdir(), "carryout-scale-"));
  const engine = await openBenchEngine({ config: CONFIG, dir });
  if (engine.postgres !== null) return withPostgres(engine, engine.postgres);
  if (engine.servers === null) return withSqlite(engine);
  const system = await connect({ servers: engine.servers.addresses, ...LOGIN });
  const client = await connect({ servers: engine.servers.addresses });
  return withServers(engine, engine.servers, { dir, system, client });
}

const NOTHING_SERVED = {
  connections: async () => 0,
  residentBytes: () => [],
  streams: async () => ({ messages: 0, bytes: 0, stored: 0 }),
};

function withSqlite(engine: BenchEngine): MeasuredEngine {
  const folder = engine.url.slice("sqlite:".length);
  return {
    ...engine,
    ...NOTHING_SERVED,
    version: (process.versions as { sqlite?: string }).sqlite ?? null,
    counts: async () => ({ ...NO_COUNTS, transactions: await sqliteTransactions(folder) }),
    diskBytes: () => diskBytesOf(folder),
  };
}

/** The counter of transactions in the index of the write-ahead log: https://www.sqlite.org/walformat.html#walidxfmt */
async function sqliteTransactions(folder: string): Promise<number> {
  const header = await open(join(folder, "carryout.db-shm"));
  try {
    const { buffer } = await header.read(Buffer.alloc(4), 0, 4, 8);
    return endianness() === "LE" ? buffer.readUInt32LE() : buffer.readUInt32BE();
  } finally {
    await header.close();
  }
}

async function withPostgres(engine: BenchEngine, server: PostgresServer): Promise<MeasuredEngine> {
  const client = await server.client();
  const one = async <Row extends object>(text: string) => (await client.query<Row>(text)).rows[0]!;
  const { server_version } = await one<{ server_version: string }>("SHOW server_version");
  return {
    ...engine,
    ...NOTHING_SERVED,
    version: server_version.split(" ")[0]!,
    async counts() {
      const { xid, lsn } = await one<{ xid: number; lsn: number }>(
        `SELECT pg_snapshot_xmax(pg_current_snapshot())::text::float8 AS xid,
          (pg_current_wal_insert_lsn() - '0/0')::float8 AS lsn`,
      );
      return { ...NO_COUNTS, transactions: xid, logBytes: lsn };
    },
    async diskBytes() {
      const size = "SELECT sum(pg_database_size(oid))::float8 AS size FROM pg_database";
      return (await one<{ size: number }>(size)).size;
    },
    async dispose() {
      await client.end();
      await engine.dispose();
    },
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
        transactions: 0,
        logBytes: 0,
      };
    },
    async connections() {
      const all = await variables();
      return all.reduce((total, { connections }) => total + connections, 0) - OWN_CONNECTIONS;
    },
    residentBytes: () => pids.map(residentBytesOf),
    diskBytes: () => diskBytesOf(dir),
    async streams(...kinds) {
      const manager = await jetstreamManager(client);
      const counts = { messages: 0, bytes: 0, stored: 0 };
      for await (const { config, state } of manager.streams.list()) {
        if (!kinds.some((kind) => config.name.includes(STREAM_NAMES[kind]))) continue;
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
