/**
 * @module The engine to measure, chosen by `--engine sqlite` (default), `postgres`, `nats1` (one server), `nats` (three,
 * R3) or `nats-synced` (three that acknowledge only what is on disk), `nats-one-stream` (three, all records in one stream).
 */

import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { connect } from "@nats-io/transport-node";
import { memberSubjects } from "../../src/engines/nats/jetstream/layout.ts";
import { NatsServers, type NatsServersOptions } from "../../test/support/nats-servers.ts";
import { PostgresServer } from "../../test/support/postgres.testing.ts";

const NAMES = ["sqlite", "postgres", "nats1", "nats", "nats-synced", "nats-one-stream"];
const CLUSTER_NAME = "bench";

/** What all nodes in one measurement share. */
export interface BenchEngine {
  readonly url: string;
  /** The store of files, for an engine that has none. */
  readonly files: string | null;
  /** The NATS servers behind it, if any. */
  readonly servers: NatsServers | null;
  /** The PostgreSQL server behind it, if that is the engine. */
  readonly postgres: PostgresServer | null;
  /** Heartbeats that nodes have sent since the last call. */
  beats(): Promise<number>;
  dispose(): Promise<void>;
}

/** The name after `--engine`. */
export function chosenEngine(): string {
  const index = process.argv.indexOf("--engine");
  const name = index < 0 ? "sqlite" : (process.argv[index + 1] ?? "");
  if (!NAMES.includes(name)) throw new TypeError(`--engine must be one of ${NAMES.join(", ")}, not ${name}`);
  return name;
}

/** Opens an empty one; the options are for its servers, if any. */
export function openBenchEngine(
  options: Pick<NatsServersOptions, "config" | "dir"> = {},
): Promise<BenchEngine> {
  const name = chosenEngine();
  if (name === "sqlite") return sqliteEngine();
  if (name === "postgres") return postgresEngine();
  const jetstream = `max_file: 20GB, sync_interval: ${name === "nats-synced" ? "always" : "2m"}`;
  return natsEngine({ ...options, count: name === "nats1" ? 1 : 3, jetstream });
}

async function sqliteEngine(): Promise<BenchEngine> {
  const dir = await mkdtemp(join(tmpdir(), "carryout-bench-"));
  let seen = 0;
  return {
    url: `sqlite:${join(dir, "data")}`,
    files: null,
    servers: null,
    postgres: null,
    async beats() {
      const database = new DatabaseSync(join(dir, "data", "carryout.db"), { readOnly: true });
      const { sum } = database.prepare("SELECT sum(beat) AS sum FROM members").get() as { sum: number };
      database.close();
      const news = sum - seen;
      seen = sum;
      return news;
    },
    dispose: () => rm(dir, { recursive: true, force: true }),
  };
}

/** Every commit is flushed, as in production. */
async function postgresEngine(): Promise<BenchEngine> {
  const dir = await mkdtemp(join(tmpdir(), "carryout-bench-"));
  const server = await PostgresServer.start({ settings: { fsync: "on", max_connections: "500" } });
  let seen = 0;
  return {
    url: server.url,
    files: `disk:${join(dir, "files")}`,
    servers: null,
    postgres: server,
    async beats() {
      const [row] = await server.query<{ sum: number }>(
        "SELECT sum(beat)::float8 AS sum FROM carryout.member",
      );
      const news = row!.sum - seen;
      seen = row!.sum;
      return news;
    },
    async dispose() {
      await server.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

async function natsEngine(options: NatsServersOptions): Promise<BenchEngine> {
  const servers = await NatsServers.start(options);
  const nats = await connect({ servers: servers.addresses });
  let heard = 0;
  // Not more than this: a listener on the ping subjects would hide that nobody answers them any more.
  nats.subscribe(`${memberSubjects(CLUSTER_NAME)}news`, {
    callback: () => {
      heard += 1;
    },
  });
  return {
    url: `${servers.url(CLUSTER_NAME)}${chosenEngine() === "nats-one-stream" ? "&streams=1" : ""}`,
    files: null,
    servers,
    postgres: null,
    async beats() {
      const news = heard;
      heard = 0;
      return news;
    },
    async dispose() {
      await nats.close();
      await servers.stop();
    },
  };
}

/** Total memory of the servers in bytes; 0 without any. */
export function memoryOfServers(servers: NatsServers | null): number {
  if (servers === null) return 0;
  const pages = servers.names.map((_, index) =>
    Number(readFileSync(`/proc/${servers.pid(index)}/statm`, "utf8").split(" ")[1]),
  );
  return pages.reduce((sum, each) => sum + each, 0) * 4096;
}
