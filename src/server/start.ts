/** @module A node that listens itself, with the application's routes, as run by the command line. */

import { hostname } from "node:os";
import { systemClock } from "../clock/system.ts";
import type { Config } from "../config/config.ts";
import { normalBasePath, withoutBase } from "../http/base-path.ts";
import { ownHosts, strangeHost } from "../http/hosts.ts";
import { Refusals } from "../http/refusals.ts";
import { openLog } from "../telemetry/log.ts";
import { keepRecent } from "../telemetry/recent-log.ts";
import type { Carryout } from "../tracker/carryout.ts";
import { inFrontOf, loadRoutes, routesWithoutApplication, withVisitorCookie } from "./application.ts";
import { closeOnce } from "./close-once.ts";
import { downloadsOf } from "./downloads.ts";
import type { NodeExtras } from "./extras.ts";
import { HttpServers, type ListenOptions } from "./http-servers.ts";
import { join } from "./join.ts";
import { openMachinery, tellBy } from "./machinery.ts";
import { assetsPathBelow, listenerOver, ownApp } from "./own-app.ts";
import { visitorsOf } from "./visitors.ts";

export interface RunningNode {
  readonly carryout: Carryout;
  /** The node's own address. */
  readonly url: string;
  /** Hands its work over and stops: no new connections, downloads released, streams ended. Idempotent. */
  close(): Promise<void>;
}

export interface StartOptions extends NodeExtras {
  /** The first is this node's own address. Default: host and port of the configuration. */
  listen?: readonly [ListenOptions, ...ListenOptions[]];
}

/** Starts a node; if it rejects, nothing is left running. Errors are `CarryoutError`s with readable messages. */
export async function startNode(config: Config, options: StartOptions = {}): Promise<RunningNode> {
  const { localCluster = false, env = process.env, generators, operators } = options;
  const recent = keepRecent(options.log ?? openLog({ level: config.logLevel }), systemClock);
  const { log } = recent;
  await using opened = new AsyncDisposableStack();
  const application = await (config.routes === undefined
    ? routesWithoutApplication
    : loadRoutes(config.routes, tellBy(log)));
  const machinery = await openMachinery(config, { log, env, generators }, opened);
  const { engine, executor } = machinery;

  const refusals = new Refusals(log, systemClock);
  const httpServers = opened.adopt(new HttpServers({ ...config, refusals }), (it) => it.close(config.stopMs));
  const [own, ...others] = options.listen ?? [{ port: config.port, host: config.host }];
  const url = await httpServers.listen(own);
  const joined = await join(config, machinery, { log, url, localCluster });
  const carryout = opened.adopt(joined, (it) => it.close());
  opened.defer(() => httpServers.stopAccepting());
  const { publicOrigins, trustProxy } = config;
  const basePath = normalBasePath(config.basePath);
  const hosts = [...config.hosts, config.host, hostname()];
  const connections = () => httpServers.connections;
  const recentLines = recent.lines;
  const parts = { engine, carryout, log, refusals, recentLines, connections, hosts, operators };
  const ours = ownApp(config, parts);
  const isOwnHost = ownHosts([...hosts, ...publicOrigins.map((origin) => new URL(origin).hostname)]);
  const { userOf, newCookie } = visitorsOf(config, engine);
  const assetsPath = assetsPathBelow(basePath);
  const downloads = downloadsOf(carryout, basePath);
  const routes = await application({ carryout: downloads, user: userOf, assetsPath, basePath });
  const pages = config.identify ? routes : withVisitorCookie(routes, newCookie);
  const front = { publicOrigins, trustProxy, basePath };
  const isForUs = (request: Request) => strangeHost(request, isOwnHost, front) === undefined;
  const answer = listenerOver(inFrontOf(pages, ours, isForUs), config, { refusals, log });
  httpServers.serve((request, response) => {
    // The application's routes don't include the base path, and neither do requests from proxies that strip it.
    request.url = withoutBase(request.url ?? "/", basePath);
    answer(request, response);
  });
  for (const other of others) await httpServers.listen(other);
  await executor.ready(); // it already serves; a module that can't be loaded makes this reject
  return { carryout, url, close: closeOnce(opened) };
}
