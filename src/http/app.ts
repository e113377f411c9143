/** @module The HTTP app of one node: all routes of the contract, mountable wherever a `fetch` handler is. */

import { type Context, Hono, type MiddlewareHandler } from "hono";
import { getPathNoStrict } from "hono/utils/url";
import { systemClock } from "../clock/system.ts";
import type { Clock } from "../ports/clock.ts";
import { type Log, openLog } from "../telemetry/log.ts";
import type { RecentLine } from "../telemetry/recent-log.ts";
import type { Carryout } from "../tracker/carryout.ts";
import { assetRoutes } from "./assets.ts";
import { normalBasePath, OPERATIONS_PATHS, PAGE_PATHS, withoutBase } from "./base-path.ts";
import { CallerLimiter } from "./caller-limiter.ts";
import { clientAddress, networkMark } from "./client-address.ts";
import { clusterRoutes, type Page } from "./cluster.ts";
import { allowTrusted } from "./cors.ts";
import { createDeferredLog } from "./deferred-log.ts";
import { createDenialLog } from "./denials.ts";
import { downloadRoutes } from "./downloads.ts";
import { createEventStreams } from "./event-streams.ts";
import { eventRoutes } from "./events.ts";
import { exportRoutes } from "./exports.ts";
import { FetchCounts } from "./fetch-counts.ts";
import { fileRoutes } from "./file.ts";
import { healthRoutes } from "./health.ts";
import { ownHosts, ownHostsOnly } from "./hosts.ts";
import { createIdentity, type Identify } from "./identity.ts";
import { type HttpLimits, httpLimits } from "./limits.ts";
import { createMetrics } from "./metrics.ts";
import { OpenCounts } from "./open-counts.ts";
import { openApiRoutes } from "./openapi.ts";
import { type AskOperators, createOperators } from "./operators.ts";
import { sameOriginOnly, trustedOrigins } from "./origin.ts";
import { Shares } from "./own-share.ts";
import { createPeers } from "./peers.ts";
import { problemHandler } from "./problems.ts";
import { Refusals } from "./refusals.ts";
import { noSuchRoute } from "./routes.ts";
import { createSeldomLog } from "./seldom-log.ts";
import type { Services } from "./services.ts";
import { createSessions } from "./session.ts";
import { signOutRoutes } from "./sign-out.ts";

/** Limits that are not given have the defaults in `docs/reference/limits.md`. */
export interface AppOptions extends Partial<HttpLimits> {
  carryout: Carryout;
  /** Signs visitors' cookies: the same on every node. Given several, the first one signs, and all are accepted. */
  secret: string | readonly string[];
  /** Lifetime of a visitor's cookie. It is renewed after half of this. Default 30 days. */
  visitMs?: number;
  /** "none" for pages in frames of other sites: the cookie is `Secure`, and separate for each site. Default "lax". */
  cookieSameSite?: "lax" | "none";
  /** How often event streams check that their session is still valid. Default 15 s. */
  sessionCheckMs?: number;
  /** The application's own users. Default: every visitor gets a random id in a signed cookie. */
  identify?: Identify;
  /** The application's own operators, who may see and drain the cluster. */
  operators?: AskOperators;
  /** A request with it as `Authorization: Bearer`, or for `/cluster?token=…`, is an operator's. */
  operatorToken?: string;
  /** Other origins whose pages may call, such as `https://app.example`. */
  trustedOrigins?: readonly string[];
  /**
   * Takes host, scheme and the visitor's address from `X-Forwarded-Host`, `X-Forwarded-Proto` and the last entry of
   * `X-Forwarded-For`; only behind a proxy that sets all three.
   */
  trustProxy?: boolean;
  /** Origins under which browsers reach the app, where a proxy hides them: `https://files.example`. */
  publicOrigins?: readonly string[];
  /**
   * Host names that the app answers to, besides addresses and names that can't be registered (`localhost`, short names,
   * `.internal`); may contain `*.example.com` and `*`. Others get 421. Default: left to the surrounding server.
   */
  hosts?: readonly string[];
  /**
   * The path under which browsers reach the app, such as `/exports`. Its URLs begin with it; it answers requests with
   * the prefix as well as those from which it was stripped. Default: the root.
   */
  basePath?: string;
  /** The link back from problem pages and the cluster's page. Default: the base path. */
  homePath?: string;
  /** A folder of built browser files, served under `/carryout/`. */
  assets?: { dir: string };
  /** HTML pages rendered by other modules. */
  pages?: { cluster?: Page };
  /** Default: warnings and errors to standard error. */
  log?: Log;
  /** The last lines of the node's log, for operators. Default: none. */
  recentLines?: () => readonly RecentLine[];
  /** A shared counter of refusals. */
  refusals?: Refusals;
  /** Open connections of the server, for the metrics. */
  connections?: () => number;
  clock?: Clock;
  /** Version for the OpenAPI document. */
  version?: string;
}

const PROXY_HINT =
  "request came through a proxy, but trustProxy is off: all visitors share the proxy's address and its limits";

/** As route patterns: middleware must not run for the routes of an application that mounts this app. */
const OUR_PATHS = [...PAGE_PATHS.map((path) => `/${path}/*`), ...OPERATIONS_PATHS.map((path) => `/${path}`)];

const VISIT_MS = 90 * 24 * 3_600_000;
const SESSION_CHECK_MS = 15_000;
const HEALTH_PATHS = ["/healthz", "/readyz"];
/** The routes used by pages of trusted origins. */
const CORS_PATHS = ["/downloads/*", "/carryout/*", "/openapi.json"];

const passOn: MiddlewareHandler = (_context, next) => next();

function varyBy(headers: string): MiddlewareHandler {
  return async (context, next) => {
    context.header("Vary", headers, { append: true });
    await next();
  };
}

/** Throws a `TypeError` for invalid options, `invalid-config` for assets that can't be read. */
export function createApp(options: AppOptions): Hono {
  const services = createServices(options);
  const { basePath, homePath, metrics } = services;
  const app = new Hono({ getPath: (request) => withoutBase(getPathNoStrict(request), basePath) });

  const trusted = trustedOrigins(options.trustedOrigins ?? []);
  const { hosts, publicOrigins = [] } = options;
  const isOwnHost = ownHosts([...(hosts ?? []), ...publicOrigins.map((origin) => new URL(origin).hostname)]);
  const hostGuard = hosts === undefined ? passOn : ownHostsOnly(isOwnHost, services);
  const originGuard = { front: services, isOwnHost };
  for (const path of OUR_PATHS) {
    app.use(path, metrics.count, async (context, next) => {
      context.header("X-Content-Type-Options", "nosniff");
      // Pages and files set their own.
      context.header("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
      context.header("Referrer-Policy", "same-origin");
      await next();
    });
    // The next user of the same browser must not get a file or a list from its cache.
    if (path === "/downloads/*") app.use(path, varyBy(options.identify ? "Cookie, Authorization" : "Cookie"));
    // Load balancers use any host name; the answers reveal nothing.
    if (!HEALTH_PATHS.includes(path)) app.use(path, hostGuard);
    if (CORS_PATHS.includes(path)) app.use(path, allowTrusted(trusted));
    // Calls with an operator's cookie are for Carryout's own pages only.
    const callers = path === "/cluster/*" ? trustedOrigins([]) : trusted;
    app.use(path, sameOriginOnly({ ...originGuard, trusted: callers }));
  }
  app.onError(problemHandler(services));
  const notFound = noSuchRoute(app, homePath);
  app.notFound(async (context) => {
    await hostGuard(context, async () => {});
    return notFound(context);
  });

  const operators = createOperators({
    operators: options.operators,
    timeoutMs: services.limits.identifyTimeoutMs,
    token: options.operatorToken,
    clock: services.clock,
    front: services,
  });

  // Before `/downloads/:id`, which would match its path too.
  exportRoutes(app, services);
  eventRoutes(app, services);
  signOutRoutes(app, services);
  downloadRoutes(app, services);
  fileRoutes(app, services);
  const { carryout, clock, fetches } = services;
  const peers = createPeers({ carryout, secrets: [options.secret].flat(), clock, basePath });
  const { recentLines = () => [] } = options;
  const shares = new Shares({ carryout, clock, peers, fetches, recentLines });
  clusterRoutes(app, services, { operators, peers, shares, page: options.pages?.cluster });
  healthRoutes(app, services, operators);
  openApiRoutes(app, { basePath, version: options.version ?? "0.0.0" });
  if (options.assets) assetRoutes(app, options.assets.dir);
  return app;
}

function createServices(options: AppOptions): Services {
  const { carryout, identify, clock = systemClock } = options;
  const secrets = [options.secret].flat();
  const [secret = ""] = secrets;
  const { trustProxy = false, publicOrigins = [] } = options;
  const basePath = normalBasePath(options.basePath ?? "");
  const log = options.log ?? openLog({ level: "warn" });
  const refusals = options.refusals ?? new Refusals(log, clock);
  const limits = httpLimits(options);
  const tellSeldom = createSeldomLog(log, clock);
  const logDeferred = createDeferredLog(tellSeldom);
  const denials = createDenialLog(tellSeldom, trustProxy);
  const sessions = createSessions({
    secrets,
    clock,
    front: { trustProxy, publicOrigins, basePath },
    visitMs: options.visitMs ?? VISIT_MS,
    sameSite: options.cookieSameSite ?? "lax",
  });
  const refused = (context: Context, limit: string) => {
    const isProxyIgnored = !trustProxy && context.req.header("x-forwarded-for") !== undefined;
    refusals.add(limit, clientAddress(context, trustProxy), isProxyIgnored ? PROXY_HINT : undefined);
  };
  const streams = createEventStreams({ carryout, clock, log, logDeferred, limits, trustProxy, refused });
  const transfers = new OpenCounts("too-many-transfers", {
    all: ["maxTransfers", limits.maxTransfers],
    perAddress: ["maxTransfersPerAddress", limits.maxTransfersPerAddress],
    perUser: ["maxTransfersPerUser", limits.maxTransfersPerUser],
  });
  const open = { streams: streams.count, transfers: () => transfers.size, connections: options.connections };
  return {
    carryout,
    identity: createIdentity({
      secret,
      sessions,
      clock,
      identify,
      identifyTimeoutMs: limits.identifyTimeoutMs,
      onForged: denials.forged,
    }),
    streams,
    transfers,
    fetches: new FetchCounts(clock),
    callerLimiter: new CallerLimiter(),
    metrics: createMetrics(carryout, { open, refusals }),
    clock,
    log,
    logDeferred,
    denied: denials.denied,
    sessionCheckMs: options.sessionCheckMs ?? SESSION_CHECK_MS,
    refused,
    networkOf: (context) => {
      const address = identify ? null : clientAddress(context, trustProxy);
      return address === null ? {} : { network: networkMark(secret, address) };
    },
    basePath,
    homePath: options.homePath ?? `${basePath}/`,
    limits,
    trustProxy,
    publicOrigins,
  };
}
