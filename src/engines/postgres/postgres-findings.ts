/** @module What `carryout doctor` tells about the PostgreSQL server. */

import type { EngineFinding } from "../../ports/engine.ts";
import type { PostgresServer } from "./session/postgres-server.ts";
import type { PostgresSession } from "./session/postgres-session.ts";

/** Those of the repo and of the members. */
const CONNECTIONS_PER_NODE = 7;
/** A connection that crosses machine rooms for every write. */
const SLOW_MS = 20;
const PINGS = 5;
const OLD_TRANSACTION_MS = 60_000;

/**
 * All checks share a connection of their own. A transaction is old after `oldTransactionMs`, by default a minute. Errors:
 * `store-unusable`, `unavailable`.
 */
export async function examinePostgres(
  server: PostgresServer,
  { oldTransactionMs = OLD_TRANSACTION_MS } = {},
): Promise<EngineFinding[]> {
  const session = await server.session("doctor");
  try {
    return [
      await version(session),
      await latency(server, session),
      pooling(server),
      await standbys(session),
      await oldTransactions(session, oldTransactionMs),
      await freeConnections(session),
    ];
  } finally {
    await session.close();
  }
}

async function version(session: PostgresSession): Promise<EngineFinding> {
  const [row] = await session.query<{ shown: string; isSuperuser: boolean; role: string }>(
    `SELECT current_setting('server_version') AS shown, current_user AS role,
       (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS "isSuperuser"`,
  );
  const { shown, isSuperuser, role } = row!;
  const found = `version ${shown}, as role ${role}`;
  if (!isSuperuser) return { check: "postgresql", verdict: "ok", found };
  return {
    check: "postgresql",
    verdict: "warn",
    found: `${found}, a superuser`,
    advice: "give Carryout a role of its own: it needs nothing but its schema",
  };
}

async function latency({ clock }: PostgresServer, session: PostgresSession): Promise<EngineFinding> {
  const times: number[] = [];
  for (let ping = 0; ping < PINGS; ping += 1) {
    const began = clock.monotonic();
    await session.query("SELECT 1");
    times.push(clock.monotonic() - began);
  }
  const median = times.sort((a, b) => a - b)[Math.floor(PINGS / 2)]!;
  const found = `${median.toFixed(1)} ms for an empty statement`;
  if (median < SLOW_MS) return { check: "latency", verdict: "ok", found };
  return {
    check: "latency",
    verdict: "warn",
    found,
    advice: "run the nodes near their database: every write waits this long",
  };
}

function pooling(server: Pick<PostgresServer, "pooling">): EngineFinding {
  if (server.pooling === "none")
    return { check: "pooling", verdict: "ok", found: "each connection has a session" };
  return {
    check: "pooling",
    verdict: "warn",
    found: "a pooler shares the server's connections between transactions (PgBouncer: pool_mode=transaction)",
    advice:
      "connect directly, or with pool_mode=session: without sessions nodes poll for changes where they can't tell each " +
      "other over the port for lifelines, and find a killed node by its closed port or its lease",
  };
}

async function standbys(session: PostgresSession): Promise<EngineFinding> {
  const [row] = await session.query<{ names: string; commit: string; standbys: number }>(
    `SELECT current_setting('synchronous_standby_names') AS names, current_setting('synchronous_commit') AS commit,
       (SELECT count(*)::int FROM pg_stat_replication) AS standbys`,
  );
  const { names, commit, standbys } = row!;
  if (commit === "off" || commit === "local") {
    const lost = commit === "off" ? "a crash of the server" : "a failover";
    return {
      check: "durability",
      verdict: "warn",
      found: `synchronous_commit = ${commit} for this role: ${lost} loses what was acknowledged last`,
      advice: "set synchronous_commit = on for this role",
    };
  }
  if (names !== "") return { check: "durability", verdict: "ok", found: `synchronous standbys: ${names}` };
  if (standbys === 0)
    return { check: "durability", verdict: "ok", found: "no standby: this server keeps everything" };
  return {
    check: "durability",
    verdict: "warn",
    found: `${standbys} standby${standbys === 1 ? "" : "s"}, none of them synchronous`,
    advice:
      "set synchronous_standby_names: else a failover loses what was acknowledged last, and a claim may be forgotten",
  };
}

async function oldTransactions(session: PostgresSession, oldMs: number): Promise<EngineFinding> {
  const [row] = await session.query<{
    count: number;
    seconds: number | null;
    who: string | null;
    seesAll: boolean;
  }>(
    `SELECT count(*)::int AS count, max(extract(epoch FROM clock_timestamp() - began))::float8 AS seconds,
       (array_agg(who ORDER BY began))[1] AS who, pg_has_role('pg_read_all_stats', 'USAGE') AS "seesAll"
     FROM (
       SELECT xact_start AS began, concat(usename, ' in ', datname, ', pid ', pid) AS who FROM pg_stat_activity
       WHERE backend_type = 'client backend'
       UNION ALL SELECT prepared, concat('prepared transaction ', gid) FROM pg_prepared_xacts
     ) open WHERE began < clock_timestamp() - $1 * interval '1 millisecond'`,
    [oldMs],
  );
  const { count, seconds, who, seesAll } = row!;
  const check = "transactions";
  const blind = seesAll ? "" : " (those of other roles can't be seen: GRANT pg_read_all_stats)";
  const tooLong = `open for more than ${oldMs / 1_000} s`;
  if (count === 0) return { check, verdict: "ok", found: `none is ${tooLong}${blind}` };
  const shown = `${count} ${tooLong}, the oldest for ${Math.round(seconds ?? 0)} s: ${who}${blind}`;
  return {
    check,
    verdict: "warn",
    found: shown,
    advice: "end them: while they are open the server can't clean up, and tables with progress grow",
  };
}

async function freeConnections(session: PostgresSession): Promise<EngineFinding> {
  const [row] = await session.query<{ most: number; used: number; ownMost: number; ownUsed: number }>(
    `SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
         - coalesce(current_setting('reserved_connections', true), '0')::int AS most,
       (SELECT sum(numbackends)::int FROM pg_stat_database) AS used, r.rolconnlimit AS "ownMost",
       (SELECT count(*)::int FROM pg_stat_activity WHERE usename = current_user) AS "ownUsed"
     FROM pg_roles r WHERE rolname = current_user`,
  );
  const { most, used, ownMost, ownUsed } = row!;
  const free = Math.min(most - used, ownMost < 0 ? Number.POSITIVE_INFINITY : ownMost - ownUsed);
  const found = `${free} of ${ownMost < 0 ? most : Math.min(most, ownMost)} free; a node uses ${CONNECTIONS_PER_NODE}`;
  if (free >= CONNECTIONS_PER_NODE) return { check: "connections", verdict: "ok", found };
  return {
    check: "connections",
    verdict: "warn",
    found,
    advice: "raise max_connections, or the role's CONNECTION LIMIT: another node could not start",
  };
}
