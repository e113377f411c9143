/** @module The HTTP app of one node: all routes of the contract, mountable wherever a `fetch` handler is. */

import { Hono } from "hono";
import type { Clock } from "../clock/clock.ts";
import { systemClock } from "../clock/system.ts";
import { type Log, openLog } from "../telemetry/log.ts";
import type { Carryout } from "../tracker/carryout.ts";
import { assetRoutes } from "./assets.ts";
import { clusterRoutes, type Page } from "./cluster.ts";
import { downloadRoutes } from "./downloads.ts";
import { createEventStreams } from "./event-streams.ts";
import { eventRoutes } from "./events.ts";
import { fileRoutes } from "./file.ts";
import { healthRoutes } from "./health.ts";
import { createIdentity, type Identify } from "./identity.ts";
import { createMetrics } from "./metrics.ts";
import { openApiRoutes } from "./openapi.ts";
import { createOperators } from "./operators.ts";
import { sameOriginOnly } from "./origin.ts";
import { problemHandler } from "./problems.ts";
import { createPutOffLog } from "./put-off-log.ts";
import { noSuchRoute } from "./routes.ts";
import type { Services } from "./services.ts";

export interface AppOptions {
  carryout: Carryout;
  /** Signs visitors' cookies: the same on every node. */
  secret: string;
  /** The application's own users. Default: every visitor gets a random id in a signed cookie. */
  identify?: Identify;
  /** The application's own operators, who may see and drain the cluster. */
  operators?: (request: Request) => boolean | Promise<boolean>;
  /** Makes whoever sends it as `Authorization: Bearer`, or opens `/cluster?token=…`, an operator. */
  operatorToken?: string;
  /** Other origins whose pages may call, such as `https://app.example`. */
  trustedOrigins?: readonly string[];
  /** Takes host and scheme from `X-Forwarded-Host` and `X-Forwarded-Proto`; only behind a proxy that sets both. */
  trustProxy?: boolean;
  /** Origins under which browsers reach the app, where a proxy hides them: `https://files.example`. */
  publicOrigins?: readonly string[];
  /** Of a request. Default 64 KiB. */
  maxBodyBytes?: number;
  /** Where the app is mounted, such as `/exports`. Default: at the root. */
  basePath?: string;
  /** A folder of built browser files, served under `/carryout/`. */
  assets?: { dir: string };
  /** HTML that somebody else makes. */
  pages?: { cluster?: Page };
  /** Default: warnings and errors to standard error. */
  log?: Log;
  clock?: Clock;
  /** Of this program, for the OpenAPI document. */
  version?: string;
}

const DEFAULT_MAX_BODY_BYTES = 64 * 1024;

/** Our own paths: middleware stays off the routes of an application that mounts this app beside its own. */
const OUR_PATHS = [
  "/downloads/*",
  "/cluster/*",
  "/carryout/*",
  "/healthz",
  "/readyz",
  "/metrics",
  "/openapi.json",
];

/** Throws a `TypeError` for options that can't work, `invalid-config` for assets that can't be read. */
export function createApp(options: AppOptions): Hono {
  const services = createServices(options);
  const { basePath, log, clock, metrics, tellPutOff } = services;
  const app = new Hono({ strict: false }).basePath(basePath || "/");

  const sameOrigin = sameOriginOnly({ trusted: options.trustedOrigins ?? [], front: services });
  for (const path of OUR_PATHS) {
    app.use(path, metrics.count, async (context, next) => {
      context.header("X-Content-Type-Options", "nosniff");
      context.header("Referrer-Policy", "same-origin");
      await next();
    });
    app.use(path, sameOrigin);
  }
  app.onError(problemHandler(log, clock, tellPutOff));
  app.notFound(noSuchRoute(app));

  const operators = createOperators({
    operators: options.operators,
    token: options.operatorToken,
    clock,
    front: services,
  });

  // Before `/downloads/:id`, which would match its path too.
  eventRoutes(app, services);
  downloadRoutes(app, services);
  fileRoutes(app, services);
  clusterRoutes(app, services, { operators, page: options.pages?.cluster });
  healthRoutes(app, services, operators);
  openApiRoutes(app, { basePath, version: options.version ?? "0.0.0" });
  if (options.assets) assetRoutes(app, options.assets.dir);
  return app;
}

function createServices(options: AppOptions): Services {
  const { carryout, secret, identify, clock = systemClock } = options;
  const { trustProxy = false, publicOrigins = [] } = options;
  const log = options.log ?? openLog({ level: "warn" });
  const tellPutOff = createPutOffLog(log, clock);
  const streams = createEventStreams({ carryout, clock, log, tellPutOff });
  return {
    carryout,
    identity: createIdentity({ secret, clock, identify, front: { trustProxy, publicOrigins } }),
    streams,
    metrics: createMetrics(carryout, { openStreams: streams.count }),
    clock,
    log,
    tellPutOff,
    basePath: normalBasePath(options.basePath ?? ""),
    maxBodyBytes: options.maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES,
    trustProxy,
    publicOrigins,
  };
}

function normalBasePath(path: string): string {
  const trimmed = path.replace(/\/+$/, "");
  if (trimmed === "" || /^(\/[\w.~-]+)+$/.test(trimmed)) return trimmed;
  throw new TypeError(`basePath must be a path such as "/exports", not ${JSON.stringify(path)}`);
}
