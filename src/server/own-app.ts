/** @module Carryout's routes over one node, configured by its settings. */

import { existsSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { fileURLToPath } from "node:url";
import type { Hono } from "hono";
import { systemClock } from "../clock/system.ts";
import type { Config } from "../config/config.ts";
import { createApp } from "../http/app.ts";
import { normalBasePath } from "../http/base-path.ts";
import { httpLimits } from "../http/limits.ts";
import { createListener, type NodeListener } from "../http/listener.ts";
import { presentCluster } from "../http/present.ts";
import type { Refusals } from "../http/refusals.ts";
import type { Engine } from "../ports/engine.ts";
import type { Log } from "../ports/log.ts";
import type { RecentLine } from "../telemetry/recent-log.ts";
import type { Carryout } from "../tracker/carryout.ts";
import { clusterPage } from "../ui/cluster-page.ts";
import { VERSION } from "../version.ts";
import type { NodeExtras } from "./extras.ts";
import { secretsOf } from "./secrets.ts";

/** Next to this folder once built, and above the sources. */
const ASSETS_DIR = fileURLToPath(new URL("../../dist/assets", import.meta.url));

/** The path from which browsers load the elements. */
export function assetsPathBelow(basePath: string): string {
  return `${basePath}/carryout`;
}

interface AppParts extends Pick<NodeExtras, "operators"> {
  engine: Engine;
  carryout: Carryout;
  log: Log;
  refusals: Refusals;
  recentLines: () => readonly RecentLine[];
  /** Default: the base path. */
  homePath?: string;
  connections?: () => number;
  hosts?: readonly string[];
}

export function ownApp(config: Config, { engine, operators, ...parts }: AppParts): Hono {
  const { identify, operatorToken, trustedOrigins, publicOrigins, trustProxy } = config;
  const { visitMs, cookieSameSite, sessionCheckMs } = config;
  const basePath = normalBasePath(config.basePath);
  const { homePath = `${basePath}/` } = parts;
  const guard = operators ? (operatorToken ? "both" : "application") : "token";
  const cluster = () => {
    const view = presentCluster(parts.carryout.cluster());
    return clusterPage({ view, assetsPath: assetsPathBelow(basePath), basePath, homePath, guard });
  };
  return createApp({
    ...parts,
    ...httpLimits(config),
    secret: secretsOf(config, engine),
    ...(identify && { identify }),
    ...(operators && { operators }),
    ...(operatorToken && { operatorToken }),
    trustedOrigins,
    publicOrigins,
    trustProxy,
    visitMs,
    cookieSameSite,
    sessionCheckMs,
    ...(existsSync(ASSETS_DIR) && { assets: { dir: ASSETS_DIR } }),
    basePath,
    pages: { cluster },
    clock: systemClock,
    version: VERSION,
  });
}

/** For `node:http`. Counts clients that are cut off because they don't read. */
export function listenerOver(
  app: Pick<Hono, "fetch">,
  { writeTimeoutMs }: Config,
  { refusals, log }: Pick<AppParts, "refusals" | "log">,
): NodeListener {
  const onStalled = ({ socket }: IncomingMessage) =>
    refusals.add("writeTimeoutMs", socket.remoteAddress ?? null);
  const onMisuse = (error: unknown) => log.error({ error }, "a request can't be answered");
  return createListener(app, { writeTimeoutMs, onStalled, onMisuse });
}
