/** @module The engine `postgres://HOST…/DATABASE`: nodes on many machines share what one PostgreSQL keeps for them. */

import { hostname } from "node:os";
import type { Clock } from "../../ports/clock.ts";
import type { Engine } from "../../ports/engine.ts";
import type { FileStore } from "../../ports/file-store.ts";
import { type Log, silentLog } from "../../telemetry/log.ts";
import { lifelineOf } from "../lifeline/lifeline-option.ts";
import { Links } from "./feed/links.ts";
import { openPostgresMembership } from "./members/postgres-membership.ts";
import { examinePostgres } from "./postgres-findings.ts";
import { postgresTarget } from "./postgres-login.ts";
import type { PostgresUrl } from "./postgres-url.ts";
import { openPostgresRepo } from "./records/postgres-repo.ts";
import { prepareSchema } from "./schema/prepare-schema.ts";
import { cutOffTrouble } from "./session/cut-off.ts";
import { reachServer } from "./session/postgres-server.ts";

export interface PostgresEngineOptions {
  url: PostgresUrl;
  /** Where a login comes from that the URL does not have: see `POSTGRES_VARIABLES`. */
  env: Readonly<Record<string, string | undefined>>;
  clock: Clock;
  /** Silence after which a node is presumed gone. */
  leaseMs: number;
  /** The name of this node's connections on the server. */
  node?: string | undefined;
  /** PostgreSQL keeps no files. Closed with the engine. */
  files: FileStore;
  log?: Log | undefined;
  /** For an observer: rejects a cluster that does not exist instead of creating it, and writes nothing. */
  observer?: boolean | undefined;
}

/** Nodes wait longer for a first answer, since they may be started together with the server; an observer does not. */
const OBSERVER_PATIENCE_MS = 1_000;

/**
 * Opens the engine. Errors: `invalid-config` (no user, a certificate), `store-unusable` (PostgreSQL refuses the login or
 * lacks what is needed), `unavailable` (no primary answers for 10 s). On failure nothing is left open.
 */
export async function openPostgresEngine(options: PostgresEngineOptions): Promise<Engine> {
  const { url, env, clock, leaseMs, files, log = silentLog, observer } = options;
  const node = options.node ?? (observer ? "observer" : hostname());
  await using opening = new AsyncDisposableStack();
  opening.defer(() => files.close());
  const patience = observer ? { patienceMs: OBSERVER_PATIENCE_MS } : {};
  const server = await reachServer({ target: postgresTarget(url, env), node, clock, log, ...patience });
  const cluster = await prepareSchema(server, { observer });
  const lifeline = lifelineOf(
    url.lifeline,
    url.servers.map(({ host }) => host),
  );
  const links = lifeline === "off" ? null : opening.adopt(new Links({ clock, log }), (it) => it.close());
  const repo = opening.adopt(await openPostgresRepo({ server, links, clock, log, sweeps: !observer }), (it) =>
    it.close(),
  );
  const session = opening.adopt(await server.session("members"), (it) => it.close());
  const membership = opening.adopt(
    await openPostgresMembership({ server, session, links, clock, log, leaseMs, lifeline }),
    (it) => it.close(),
  );

  const closing = opening.move();
  let closed: Promise<void> | null = null;
  return {
    name: url.shown,
    repo,
    membership,
    files,
    secret: null,
    cluster,
    trouble: () => (closed ? "the engine is closed" : (cutOffTrouble([session]) ?? repo.trouble())),
    shortage: () => server.room.shortage(),
    examine: () => examinePostgres(server),
    close: () => {
      closed ??= closing.disposeAsync();
      return closed;
    },
  };
}
