/** @module The engine `nats://HOST,HOST…`: nodes on many machines share what NATS keeps for them. */

import { hostname } from "node:os";
import type { Clock } from "../../ports/clock.ts";
import type { Engine } from "../../ports/engine.ts";
import type { FileStore } from "../../ports/file-store.ts";
import { type Log, silentLog } from "../../telemetry/log.ts";
import { lifelineOf } from "../lifeline/lifeline-option.ts";
import { openNatsFileStore } from "./files/nats-file-store.ts";
import { openNatsLink } from "./jetstream/connection.ts";
import { natsConnectionOptions } from "./jetstream/credentials.ts";
import { keepLeadersSpread } from "./jetstream/leaders.ts";
import { clusterOf, openStreams } from "./jetstream/streams.ts";
import { openNatsMembership } from "./members/nats-membership.ts";
import { NatsTrouble } from "./nats-trouble.ts";
import type { NatsUrl } from "./nats-url.ts";
import { openNatsRepo } from "./records/nats-repo.ts";

export interface NatsEngineOptions {
  url: NatsUrl;
  /** Where logins and the files for TLS come from: see `NATS_VARIABLES`. */
  env: Readonly<Record<string, string | undefined>>;
  clock: Clock;
  /** Silence after which a node is presumed gone. */
  leaseMs: number;
  /** The name of this node's connections on the servers. */
  node?: string | undefined;
  /** Instead of a stream on NATS. Closed with the engine. */
  files?: FileStore | undefined;
  log?: Log | undefined;
  /** For an observer: rejects a cluster that does not exist instead of creating it, and writes nothing. */
  observer?: boolean | undefined;
}

/** Nodes wait longer for a first server, since they may be started together; an observer does not. */
const OBSERVER_PATIENCE_MS = 1_000;

/**
 * Opens the engine. Errors: `invalid-config` (the login), `store-unusable` (NATS refuses the login or lacks what is
 * needed), `unavailable` (no server answers for 10 s, or JetStream for 15 s). On failure nothing is left open.
 */
export async function openNatsEngine(options: NatsEngineOptions): Promise<Engine> {
  const { url, env, clock, leaseMs, log = silentLog, observer } = options;
  const { name } = url;
  const node = options.node ?? (observer ? "observer" : hostname());
  await using opening = new AsyncDisposableStack();
  if (options.files) opening.defer(() => options.files?.close());
  const connection = natsConnectionOptions(url, env);
  const patience = observer ? { patienceMs: OBSERVER_PATIENCE_MS } : {};
  const connect = async (purpose: "records" | "files") => {
    const name = `carryout ${node} ${purpose}`;
    const isBulk = purpose === "files";
    const link = await openNatsLink({ connection, name, clock, log, isBulk, ...patience });
    return opening.adopt(link, (it) => it.close());
  };

  const link = await connect("records");
  const { recordStreams, replicas, filesBytes, servers } = url;
  const asked = {
    name,
    recordStreams,
    replicas,
    filesBytes,
    serversNamed: servers.length,
    clock,
    log,
    observer,
  };
  const layout = await openStreams(link, asked);
  const cluster = await clusterOf(link, asked);
  const filesLink = options.files ? null : await connect("files");
  const files = filesLink ? await openNatsFileStore({ link: filesLink, name, clock, log }) : options.files!;
  if (filesLink) opening.defer(() => files.close());
  const repo = opening.adopt(await openNatsRepo({ link, layout, clock, log, sweeps: !observer }), (it) =>
    it.close(),
  );
  const lifeline = lifelineOf(
    url.lifeline,
    servers.map((server) => server.replace(/:\d+$/, "")),
  );
  const membership = opening.adopt(
    await openNatsMembership({ link, name, clock, log, leaseMs, lifeline }),
    (it) => it.close(),
  );
  const links = filesLink ? [link, filesLink] : [link];
  const trouble = opening.adopt(new NatsTrouble({ links, repo, membership, clock }), (it) => it.close());
  if (!observer) opening.defer(keepLeadersSpread({ link, layout, clock, log }));

  const closing = opening.move();
  let closed: Promise<void> | null = null;
  return {
    name: url.shown,
    repo,
    membership,
    files,
    secret: null,
    cluster,
    trouble: () => (closed ? "the engine is closed" : trouble.now()),
    close: () => {
      closed ??= closing.disposeAsync();
      return closed;
    },
  };
}
