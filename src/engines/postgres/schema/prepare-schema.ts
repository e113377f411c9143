/** @module Creates or upgrades the tables, or refuses those of a later version. */

import { CarryoutError } from "../../../errors.ts";
import { Patience } from "../session/patience.ts";
import { sqlStateOf } from "../session/postgres-errors.ts";
import type { PostgresServer } from "../session/postgres-server.ts";
import type { PostgresSession } from "../session/postgres-session.ts";
import { shownHosts } from "../session/postgres-target.ts";
import { migrations, SCHEMA_VERSION } from "./migrations.ts";
import { qualified, quoted } from "./names.ts";

/** Creating tables is a commit, which waits for a synchronous standby. */
const DEADLINE_MS = 10_000;
const NO_RIGHT = "42501";
const NO_SUCH_TABLE = "42P01";
const NO_SUCH_SCHEMA = "3F000";

export interface PrepareOptions {
  /** For a process that only observes: creates nothing, and refuses a schema without a cluster's tables. */
  observer?: boolean | undefined;
}

/**
 * Brings the schema to the version of this release; of several nodes at once, one does it and the others wait. Returns the
 * id of the cluster, which is made with its tables. Errors: `store-unusable` (tables of a later version, rights that are missing; for an observer, no cluster), `unavailable`.
 */
export async function prepareSchema(
  server: PostgresServer,
  { observer }: PrepareOptions = {},
): Promise<string> {
  const { schema } = server.target;
  const session = await server.session("schema");
  try {
    const patience = new Patience({ clock: server.clock, closing: new AbortController().signal });
    const found = await patience.ask(session, () => versionOf(session, schema));
    if (found !== null && found > SCHEMA_VERSION) throw tooNew(server, found);
    if (observer && found !== SCHEMA_VERSION) throw noCluster(server, found);
    if (!observer && found === SCHEMA_VERSION)
      await patience.ask(session, () => session.query(restamp(schema)));
    if (found !== SCHEMA_VERSION) {
      await patience.ask(session, () => session.query(upgrade(schema), [], { deadlineMs: DEADLINE_MS }));
      const now = await patience.ask(session, () => versionOf(session, schema));
      if (now !== SCHEMA_VERSION) throw tooNew(server, now ?? 0);
    }
    const [row] = await patience.ask(session, () =>
      session.query<{ cluster: string }>(`SELECT cluster FROM ${qualified(schema, "schema_version")}`),
    );
    return row!.cluster;
  } catch (error) {
    throw sqlStateOf((error as { cause?: unknown }).cause) === NO_RIGHT ? noRight(server, error) : error;
  } finally {
    await session.close();
  }
}

/**
 * Tables from a dump of another server may name transactions that are in the future here. Looks for changes would
 * return these rows each time, until this server has caught up.
 */
function restamp(schema: string): string {
  return `UPDATE ${qualified(schema, "slot")} SET xid = pg_current_xact_id()
    WHERE xid >= pg_snapshot_xmax(pg_current_snapshot())`;
}

/** Null if there are no tables. */
async function versionOf(session: PostgresSession, schema: string): Promise<number | null> {
  try {
    const rows = await session.query<{ version: number }>(
      `SELECT version FROM ${qualified(schema, "schema_version")}`,
    );
    return rows[0]?.version ?? null;
  } catch (error) {
    if ([NO_SUCH_TABLE, NO_SUCH_SCHEMA].includes(sqlStateOf(error) ?? "")) return null;
    throw error;
  }
}

/**
 * One statement, so that it is one transaction also behind a pooler. "IF NOT EXISTS" alone would fail for most of the
 * nodes that create at the same time. A schema that was made beforehand needs no right to create one.
 */
function upgrade(schema: string): string {
  const table = qualified(schema, "schema_version");
  const steps = migrations(schema).map((step, version) => `IF present <= ${version} THEN ${step} END IF;`);
  return `DO $carryout$
    DECLARE present integer;
    BEGIN
      PERFORM pg_advisory_xact_lock(hashtext('carryout'), hashtext(${literal(schema)}));
      IF to_regnamespace(${literal(quoted(schema))}) IS NULL THEN CREATE SCHEMA ${quoted(schema)}; END IF;
      CREATE TABLE IF NOT EXISTS ${table} (version integer NOT NULL, singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton));
      INSERT INTO ${table} (version) VALUES (0) ON CONFLICT DO NOTHING;
      SELECT version INTO present FROM ${table};
      ${steps.join("\n")}
      UPDATE ${table} SET version = ${SCHEMA_VERSION} WHERE version < ${SCHEMA_VERSION};
    END $carryout$`;
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function whereOf({ target }: PostgresServer): string {
  return `the schema ${target.schema} of the database ${target.database} at ${shownHosts(target)}`;
}

function tooNew(server: PostgresServer, found: number): CarryoutError {
  return new CarryoutError(
    "store-unusable",
    `${whereOf(server)} has tables of version ${found}; this release knows ${SCHEMA_VERSION}: use the release that made them`,
  );
}

function noCluster(server: PostgresServer, found: number | null): CarryoutError {
  const why =
    found === null ? "holds no cluster" : `has tables of version ${found}, which a node has to upgrade`;
  return new CarryoutError("store-unusable", `${whereOf(server)} ${why}`);
}

function noRight(server: PostgresServer, cause: unknown): CarryoutError {
  const { schema, user, database } = server.target;
  return new CarryoutError(
    "store-unusable",
    `${user} may not create what Carryout needs in ${whereOf(server)}. Either GRANT CREATE ON DATABASE ${quoted(database)} ` +
      `TO ${quoted(user)}, or CREATE SCHEMA ${quoted(schema)} AUTHORIZATION ${quoted(user)}`,
    { cause },
  );
}
