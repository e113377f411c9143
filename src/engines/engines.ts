/** @module The engines as values. Only the adapters of an opened engine are loaded. */

import { CarryoutError } from "../errors.ts";
import type { EngineFactory, Synchronous } from "../ports/engine.ts";
import { explainMissing } from "../text/missing-library.ts";
import type { SharedMemory } from "./memory/memory-engine.ts";
import { type NatsUrl, readNatsUrl } from "./nats/nats-url.ts";
import { type PostgresUrl, readPostgresUrl } from "./postgres/postgres-url.ts";

/** Keeps everything in this process until it ends. Nodes that use the same value form one cluster. */
export function memory(): EngineFactory {
  let shared: SharedMemory | null = null;
  return {
    name: "memory:",
    spansMachines: false,
    persists: false,
    async open({ clock, log, leaseMs, synchronous, openFiles }) {
      const { openMemoryEngine, shareMemory } = await import("./memory/memory-engine.ts");
      shared ??= shareMemory({ clock, leaseMs });
      return await openMemoryEngine(log, shared, await openFiles?.(synchronous));
    },
  };
}

/** The processes of one machine share a folder. `synchronous` takes precedence over the setting of this name. */
export function sqlite(options: { dir: string; synchronous?: Synchronous | undefined }): EngineFactory {
  const { dir } = options;
  if (typeof dir !== "string" || dir === "") {
    throw new CarryoutError("invalid-config", `sqlite: dir must be a folder, not ${JSON.stringify(dir)}`);
  }
  return {
    name: `sqlite:${dir}`,
    spansMachines: false,
    persists: true,
    dir,
    async open({ openFiles, ...context }) {
      const synchronous = options.synchronous ?? context.synchronous;
      const files = await openFiles?.(synchronous);
      const { openSqliteEngine } = await import("./sqlite/sqlite-engine.ts");
      return await openSqliteEngine({ ...context, dir, synchronous, files });
    },
  };
}

/** The same as the options of this engine's URL: see docs/nats.md. */
export interface NatsOptions {
  /** `HOST` or `HOST:PORT` of each server. */
  servers: readonly string[];
  /** Default false; "first": the handshake precedes the server's first message. */
  tls?: boolean | "first";
  /** For all servers. */
  login?: { user: string; password: string } | { token: string };
  /** Separates clusters that share NATS servers. Default "carryout". */
  name?: string;
  replicas?: 1 | 3 | 5;
  streams?: number;
  /** Maximum size of all files together on each server: "150GB", "1.5TiB". */
  files?: string;
  /** "off", or where this node listens for the lifelines of other nodes: `HOST` or `HOST:PORT`. */
  lifeline?: string;
}

/** Nodes on many machines share data in NATS. Throws `invalid-config` for invalid options. */
export function nats({ servers, tls = false, login, ...options }: NatsOptions): EngineFactory {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...options, ...(tls === "first" && { tls }) })) {
    if (value !== undefined) query.set(name, String(value));
  }
  const search = query.size === 0 ? "" : `?${query}`;
  return natsOf(readNatsUrl(`${tls ? "tls" : "nats"}://${loginText(login)}${servers.join(",")}${search}`));
}

function loginText(login: NatsOptions["login"]): string {
  if (login === undefined) return "";
  const parts = "token" in login ? [login.token] : [login.user, login.password];
  return `${parts.map(encodeURIComponent).join(":")}@`;
}

/** Optional peers of this package: users of another engine need not install them. */
const NATS_LIBRARIES = ["@nats-io/transport-node", "@nats-io/jetstream"];

export function natsOf(url: NatsUrl): EngineFactory {
  return {
    name: url.shown,
    spansMachines: true,
    persists: true,
    async open({ openFiles, env = process.env, ...context }) {
      const files = await openFiles?.(context.synchronous);
      const { openNatsEngine } = await import("./nats/nats-engine.ts").catch(
        explainMissing("the engine for NATS", NATS_LIBRARIES),
      );
      return await openNatsEngine({ ...context, url, env, files });
    },
  };
}

/** The same as the options of this engine's URL: see docs/postgres.md. */
export interface PostgresOptions {
  /** `HOST` or `HOST:PORT` of the server and its standbys. */
  servers: readonly string[];
  database: string;
  /** Default: CARRYOUT_POSTGRES_USER and CARRYOUT_POSTGRES_PASSWORD. */
  login?: { user: string; password?: string };
  /** Separates clusters that share a database. Default "carryout". */
  schema?: string;
  /** As in libpq, without those that may send everything unencrypted. Default "disable". */
  sslmode?: "disable" | "require" | "verify-ca" | "verify-full";
  /** A file with the certificates to trust instead of the system's. */
  sslrootcert?: string;
  /** Files with this client's certificate and key. */
  sslcert?: string;
  sslkey?: string;
  /** "off", or where this node listens for the lifelines of other nodes: `HOST` or `HOST:PORT`. */
  lifeline?: string;
}

/** Nodes on many machines share one PostgreSQL, and a store of files. Throws `invalid-config` for invalid options. */
export function postgres({ servers, database, login, ...options }: PostgresOptions): EngineFactory {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(options)) {
    if (value !== undefined) query.set(name, String(value));
  }
  const loginText = [login?.user, login?.password].filter((part) => part !== undefined);
  const before = loginText.length === 0 ? "" : `${loginText.map(encodeURIComponent).join(":")}@`;
  const search = query.size === 0 ? "" : `?${query}`;
  return postgresOf(
    readPostgresUrl(`postgres://${before}${servers.join(",")}/${encodeURIComponent(database)}${search}`),
  );
}

/** Optional peer of this package: users of another engine need not install it. */
const POSTGRES_LIBRARIES = ["pg"];

export function postgresOf(url: PostgresUrl): EngineFactory {
  return {
    name: url.shown,
    spansMachines: true,
    persists: true,
    async open({ openFiles, env = process.env, ...context }) {
      if (openFiles === undefined) {
        throw new CarryoutError(
          "invalid-config",
          `${url.shown}: PostgreSQL keeps no files: name a store that all nodes reach, --files s3://BUCKET/PREFIX or ` +
            "--files disk:DIR with a folder that they share",
        );
      }
      const { openPostgresEngine } = await import("./postgres/postgres-engine.ts").catch(
        explainMissing("the engine for PostgreSQL", POSTGRES_LIBRARIES),
      );
      const files = await openFiles(context.synchronous);
      return await openPostgresEngine({ ...context, url, env, files });
    },
  };
}
