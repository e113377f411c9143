/** @module A node without a server: the application listens and passes it the requests that it handles. */

import type { IncomingMessage, ServerResponse } from "node:http";
import { systemClock } from "../clock/system.ts";
import type { Config } from "../config/config.ts";
import { normalBasePath } from "../http/base-path.ts";
import { Refusals } from "../http/refusals.ts";
import { openLog } from "../telemetry/log.ts";
import { keepRecent } from "../telemetry/recent-log.ts";
import type { Carryout } from "../tracker/carryout.ts";
import { closeOnce } from "./close-once.ts";
import type { NodeExtras } from "./extras.ts";
import { type FastifyPlugin, fastifyPlugin } from "./fastify.ts";
import { join } from "./join.ts";
import { openMachinery } from "./machinery.ts";
import { isMounted, mountedListener } from "./mount.ts";
import { assetsPathBelow, listenerOver, ownApp } from "./own-app.ts";
import { visitorsOf } from "./visitors.ts";

/** How an application gives its requests to a node. */
export interface Mounted {
  /**
   * True for Carryout's paths: `/downloads`, `/cluster` and `/carryout` below the base path; there, and at the root
   * with `operations`, also `/healthz`, `/readyz`, `/metrics` and `/openapi.json`.
   */
  handles(path: string): boolean;
  /**
   * For Hono, Next, SvelteKit, Bun, and other callers with Request and Response. Answers every request. `env` is Hono's
   * with `@hono/node-server`, and provides the client's address.
   */
  fetch(request: Request, env?: object): Promise<Response>;
  /**
   * For `node:http`, Express, Connect: passes requests for other paths to `next`, if given. Works before and after body
   * parsers.
   */
  listener(request: IncomingMessage, response: ServerResponse, next?: (error?: unknown) => void): void;
  /** For Fastify: `app.register(node.fastify)`. */
  readonly fastify: FastifyPlugin;
  /** The request's user; null if there is none, including a visitor who has not requested anything yet. */
  userOf(request: Request): Promise<string | null>;
  /** The path of the browser files, as browsers see it. */
  readonly assetsPath: string;
}

export interface EmbedOptions extends NodeExtras {
  /** Where the other nodes reach this one over HTTP, to ask what it knows for the page of operators. Default: not at all. */
  url?: string | undefined;
  /**
   * Handles `/healthz`, `/readyz`, `/metrics` and `/openapi.json` as well. Default: only below a base path, where they
   * can't conflict.
   */
  operations?: boolean | undefined;
}

export interface EmbeddedNode extends Mounted {
  readonly carryout: Carryout;
  close(): Promise<void>;
}

/** Opens a node that handles only its own paths, below its base path or at the root. */
export async function embedNode(config: Config, options: EmbedOptions): Promise<EmbeddedNode> {
  const basePath = normalBasePath(config.basePath);
  const { localCluster = false, url = null, operations = basePath !== "" } = options;
  const { env = process.env, generators, operators } = options;
  const mount = { basePath, operations };
  const recent = keepRecent(options.log ?? openLog({ level: config.logLevel }), systemClock);
  const { log } = recent;
  await using opened = new AsyncDisposableStack();
  const machinery = await openMachinery(config, { log, env, generators }, opened);
  const { engine, executor } = machinery;
  await executor.ready();
  const joined = await join(config, machinery, { log, url, localCluster });
  const carryout = opened.adopt(joined, (it) => it.close());
  const refusals = new Refusals(log, systemClock);
  // Checking host names is up to the surrounding server, unless configured.
  const hosts = config.hosts.length > 0 ? { hosts: config.hosts } : {};
  // The start page belongs to the application.
  const recentLines = recent.lines;
  const parts = { engine, carryout, log, refusals, recentLines, operators, ...hosts, homePath: "/" };
  const ours = ownApp(config, parts);
  const answer = listenerOver(ours, config, { refusals, log });
  const { userOf } = visitorsOf(config, engine);
  const close = closeOnce(opened);
  return {
    carryout,
    handles: (path) => isMounted(path, mount),
    fetch: async (request, env) => ours.fetch(request, env),
    listener: mountedListener(answer, mount),
    fastify: fastifyPlugin(answer, mount, close),
    userOf,
    assetsPath: assetsPathBelow(basePath),
    close,
  };
}
