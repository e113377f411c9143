/** @module Separate records for each test on the server of a test file, and repos over them. */

import { systemClock } from "../../src/clock/system.ts";
import { idOf, ownerOf } from "../../src/download/key.ts";
import {
  openPostgresRepo,
  type PostgresRepo,
  type PostgresRepoOptions,
} from "../../src/engines/postgres/records/postgres-repo.ts";
import { nextVersion } from "../../src/engines/postgres/records/versions.ts";
import { qualified, quoted } from "../../src/engines/postgres/schema/names.ts";
import { prepareSchema } from "../../src/engines/postgres/schema/prepare-schema.ts";
import {
  type PostgresServerOptions,
  type PostgresServer as Reached,
  reachServer,
} from "../../src/engines/postgres/session/postgres-server.ts";
import type { PostgresHost, PostgresTarget } from "../../src/engines/postgres/session/postgres-target.ts";
import type { RepoPart } from "../../src/ports/contracts/repo-cluster.ts";
import { silentLog } from "../../src/telemetry/log.ts";
import { LinkedNodes } from "./linked-nodes.ts";
import type { PostgresServer } from "./postgres.testing.ts";

let made = 0;

/** The role that `PostgresServer` makes, on these hosts. */
export function targetOf(hosts: readonly PostgresHost[], schema: string): PostgresTarget {
  const secrets = () => ({ password: "", tls: false as const });
  return { hosts, user: "carryout", database: "postgres", schema, secrets };
}

export class PostgresRepos {
  readonly schema: string;
  readonly reached: Reached;
  /** The sockets between the repos, if they have any. */
  readonly nodes: LinkedNodes | null;
  readonly #server: PostgresServer;
  readonly #repos: PostgresRepo[] = [];

  private constructor(server: PostgresServer, reached: Reached, isLinked: boolean) {
    this.#server = server;
    this.nodes = isLinked ? new LinkedNodes() : null;
    this.reached = reached;
    this.schema = reached.target.schema;
  }

  /** Creates the tables. */
  static async make(
    server: PostgresServer,
    {
      ports = [server.port],
      user = "carryout",
      isLinked = false,
      ...options
    }: Partial<PostgresServerOptions> & { ports?: number[]; user?: string; isLinked?: boolean } = {},
  ): Promise<PostgresRepos> {
    made += 1;
    const hosts = ports.map((port) => ({ host: "127.0.0.1", port }));
    const target = { ...targetOf(hosts, `repo_${made}`), user };
    const reached = await reachServer({
      target,
      node: "test",
      clock: systemClock,
      log: silentLog,
      ...options,
    });
    await prepareSchema(reached);
    return new PostgresRepos(server, reached, isLinked);
  }

  async open(options: Partial<PostgresRepoOptions> = {}): Promise<PostgresRepo> {
    const node = await this.nodes?.open();
    const repo = await openPostgresRepo({
      server: this.reached,
      links: node?.links,
      clock: systemClock,
      log: silentLog,
      ...options,
    });
    this.#repos.push(repo);
    return repo;
  }

  /** Writes a record's row past every repo. */
  async plant(part: RepoPart, key: string, text: string): Promise<void> {
    const table = qualified(
      this.schema,
      { slots: "slot", marks: "mark", saved: "saved", history: "history" }[part],
    );
    const version = nextVersion({ schema: this.schema, tellsTimeline: true }, "0");
    const over =
      "ON CONFLICT (key) DO UPDATE SET version = excluded.version, token = 'planted', doc = excluded.doc";
    if (part === "history") {
      await this.#server.query(
        `INSERT INTO ${table} (key, owner, id, version, token, requested_at, expires_at, doc)
         VALUES ($1, $2, $3, ${version}, 'planted', 1, 1, $4) ${over}`,
        [key, ownerOf(key), idOf(key), text],
      );
      return;
    }
    const changed = part === "slots" ? ", xid = pg_current_xact_id()" : "";
    await this.#server.query(
      `INSERT INTO ${table} (key, version, token, doc) VALUES ($1, ${version}, 'planted', $2) ${over}${changed}`,
      [key, text],
    );
  }

  /** For tests that throw their server away. */
  async close(): Promise<void> {
    await Promise.all(this.#repos.map((repo) => repo.close()));
    await this.nodes?.close();
  }

  async dispose(): Promise<void> {
    await this.close();
    await this.#server.query(`DROP SCHEMA ${quoted(this.schema)} CASCADE`);
  }
}
