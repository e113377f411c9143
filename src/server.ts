/** @module One whole node: engine, generators, tracker, HTTP and the application's routes, from one configuration. */

import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { hostname } from "node:os";
import { fileURLToPath } from "node:url";
import type { Hono } from "hono";
import { systemClock } from "./clock/system.ts";
import { withoutSecrets } from "./config/secrets.ts";
import { type CarryoutConfig, type Config, loadConfig } from "./config.ts";
import { readEngineUrl } from "./engines/engine-url.ts";
import { openEngine } from "./engines/open.ts";
import { CarryoutError } from "./errors.ts";
import type { Executor } from "./generator/executor.ts";
import { openExecutor } from "./generator/executors.ts";
import type { OnSlow } from "./generator/load-module.ts";
import { loadRegistry, type Registry, registryOf } from "./generator/registry.ts";
import { createApp } from "./http/app.ts";
import { checkedIdentify } from "./http/application-answers.ts";
import { normalBasePath, withoutBase } from "./http/base-path.ts";
import { ownHosts, strangeHost } from "./http/hosts.ts";
import { httpLimits } from "./http/limits.ts";
import { createListener, type ListenerOptions } from "./http/listener.ts";
import { presentCluster } from "./http/present.ts";
import { Refusals } from "./http/refusals.ts";
import { createSessions, type Sessions } from "./http/session.ts";
import type { Engine } from "./ports/engine.ts";
import {
  inFrontOf,
  loadRoutes,
  routesWithoutApplication,
  userOf,
  withVisitorCookie,
} from "./server/application.ts";
import { Doors, type ListenOptions } from "./server/doors.ts";
import { isMounted, mountedListener } from "./server/mount.ts";
import { randomName } from "./server/node-name.ts";
import { type Log, openLog } from "./telemetry/log.ts";
import type { Carryout } from "./tracker/carryout.ts";
import { openCarryout } from "./tracker/open.ts";
import { clusterPage } from "./ui/cluster-page.ts";
import { VERSION } from "./version.ts";

export interface RunningNode {
  readonly carryout: Carryout;
  /** The node's own address. */
  readonly url: string;
  /** Hands its work over and stops: no new connections, downloads released, streams ended. Idempotent. */
  close(): Promise<void>;
}

/** A node without a server: what an application mounts in its own. */
export interface EmbeddedNode {
  readonly carryout: Carryout;
  /**
   * True for the paths that are Carryout's: `/downloads`, `/cluster` and `/carryout` below the base path; there, and
   * at the root with `operations`, also `/healthz`, `/readyz`, `/metrics` and `/openapi.json`.
   */
  handles(path: string): boolean;
  /**
   * For Hono, Next, SvelteKit, Bun, and whoever speaks Request and Response. Answers whatever it is given. `env` is
   * Hono's with `@hono/node-server`: from it the address of who asks is known.
   */
  fetch(request: Request, env?: object): Promise<Response>;
  /**
   * For `node:http`, Express, Connect, Fastify's hooks: passes on to `next`, where there is one, what is not
   * Carryout's. Works before and after body parsers.
   */
  listener(request: IncomingMessage, response: ServerResponse, next?: (error?: unknown) => void): void;
  /** Hands its work over and leaves the cluster. Call it when the process is told to stop. Idempotent. */
  close(): Promise<void>;
}

export interface EmbedOptions {
  /** Where the other nodes' operators find this one, if it has an address of its own. */
  url?: string;
  /** All nodes run on this machine: their process ids mean something to one another. Default false. */
  localCluster?: boolean;
  /**
   * Takes `/healthz`, `/readyz`, `/metrics` and `/openapi.json` as well. Default: only below a base path, where they are
   * nobody else's.
   */
  operations?: boolean;
  log?: Log;
}

export interface StartOptions {
  /** The first is this node's own address. Default: host and port of the configuration. */
  listen?: readonly [ListenOptions, ...ListenOptions[]];
  /** All nodes run on this machine: their process ids mean something to one another. Default false. */
  localCluster?: boolean;
  /** Default: JSON lines on standard error, from the configured level. */
  log?: Log;
  /** Where logins come from, and what generators get without them; default the environment of this process. */
  env?: Environment;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Of this process alone, where nothing is kept. */
const MEMORY_SECRET = randomBytes(32).toString("base64url");
const ASSETS_PATH = "/carryout";
/** Beside this file once built, and above the sources. */
const ASSETS_DIR = fileURLToPath(new URL("../dist/assets", import.meta.url));

/** Starts a node; when it rejects, nothing of it is left. The errors are `CarryoutError`s in words for people. */
export async function startNode(config: Config, options: StartOptions = {}): Promise<RunningNode> {
  const { localCluster = false } = options;
  const log = options.log ?? openLog({ level: config.logLevel });
  await using opened = new AsyncDisposableStack();
  const application = await (config.routes === undefined
    ? routesWithoutApplication
    : loadRoutes(config.routes, tellBy(log)));
  const machinery = await openMachinery(config, { log, env: options.env ?? process.env }, opened);

  const refusals = new Refusals(log, systemClock);
  const doors = opened.adopt(new Doors({ ...config, refusals }), (it) => it.close(config.stopMs));
  const [own, ...others] = options.listen ?? [{ port: config.port, host: config.host }];
  const url = await doors.listen(own);
  const joined = await join(config, { ...machinery, log, url, localCluster });
  const carryout = opened.adopt(joined, (it) => it.close());
  opened.defer(() => doors.stopAccepting());
  const { publicOrigins, trustProxy } = config;
  const basePath = normalBasePath(config.basePath);
  const front = { publicOrigins, trustProxy, basePath };
  const hosts = [...config.hosts, config.host, hostname()];
  const connections = () => doors.connections;
  const ours = ownApp(config, { ...machinery, carryout, log, refusals, connections, hosts });
  const isOwnHost = ownHosts([...hosts, ...publicOrigins.map((origin) => new URL(origin).hostname)]);
  const sessions = createSessions({
    secrets: secretsOf(config, machinery.engine),
    clock: systemClock,
    front,
    visitMs: config.visitMs,
    sameSite: config.cookieSameSite,
  });
  const patience = { clock: systemClock, timeoutMs: config.identifyTimeoutMs };
  const identify = config.identify && checkedIdentify(config.identify, patience);
  const user = userOf(identify, sessions);
  const assetsPath = `${basePath}${ASSETS_PATH}`;
  const routes = await application({ carryout, user, assetsPath, basePath });
  const pages = config.identify ? routes : withVisitorCookie(routes, newCookie(sessions));
  const isForUs = (request: Request) => strangeHost(request, isOwnHost, front) === undefined;
  const answer = createListener(inFrontOf(pages, ours, isForUs), listenerOptions(config, refusals, log));
  doors.serve((request, response) => {
    // The application's pages know nothing of it, and proxies that strip it leave nothing of it.
    request.url = withoutBase(request.url ?? "/", basePath);
    answer(request, response);
  });
  for (const other of others) await doors.listen(other);
  await machinery.executor.ready(); // it serves already; what can't be loaded is told by rejecting
  return { carryout, url, close: closeOnce(opened) };
}

/** The cookie of a visitor who comes without one, or with one that is not valid. */
function newCookie(sessions: Sessions): (request: Request) => string | null {
  return (request) => {
    const reading = sessions.read(request);
    if (typeof reading === "object" || reading === "ambiguous") return null;
    return sessions.cookieFor(sessions.newVisitor(), request);
  };
}

/**
 * A node inside a server of the application's own: the caller listens, and hands it the requests that it handles.
 * `settings` are those of a config file; environment variables override them. `url` is where the other nodes'
 * operators find this one, if it has an address of its own. Below its `basePath`, or at the root, it takes no path but
 * its own.
 */
export async function openNode(settings: CarryoutConfig, options: EmbedOptions = {}): Promise<EmbeddedNode> {
  const config = await loadConfig({ values: settings, env: process.env, flags: {} });
  const basePath = normalBasePath(config.basePath);
  const { localCluster = false, url = null, operations = basePath !== "" } = options;
  const mount = { basePath, operations };
  const log = options.log ?? openLog({ level: config.logLevel });
  await using opened = new AsyncDisposableStack();
  const machinery = await openMachinery(config, { log, env: process.env }, opened);
  await machinery.executor.ready();
  const joined = await join(config, { ...machinery, log, url, localCluster });
  const carryout = opened.adopt(joined, (it) => it.close());
  const refusals = new Refusals(log, systemClock);
  // By which names it is called is the affair of the server around it, unless it is said.
  const hosts = config.hosts.length > 0 ? { hosts: config.hosts } : {};
  // The start page is the application's own.
  const ours = ownApp(config, { ...machinery, carryout, log, refusals, ...hosts, homePath: "/" });
  const answer = createListener(ours, listenerOptions(config, refusals, log));
  return {
    carryout,
    handles: (path) => isMounted(path, mount),
    fetch: async (request, env) => ours.fetch(request, env),
    listener: mountedListener(answer, mount),
    close: closeOnce(opened),
  };
}

/** What a node has apart from the cluster; closed with the stack, in the reverse order. */
async function openMachinery(
  config: Config,
  { log, env }: { log: Log; env: Environment },
  opened: AsyncDisposableStack,
) {
  const registry = await registryFor(config, log);
  const engine = opened.adopt(await engineFor(config, log, env), (it) => it.close());
  const executor = opened.adopt(executorFor(config, registry, log, env), (it) => it.close());
  return { registry, engine, executor };
}

/** From here on it is the caller who closes, once. */
function closeOnce(opened: AsyncDisposableStack): () => Promise<void> {
  const running = opened.move();
  let closing: Promise<void> | null = null;
  return () => {
    closing ??= running.disposeAsync();
    return closing;
  };
}

async function registryFor({ generators }: Config, log: Log): Promise<Registry> {
  if (generators !== undefined) return loadRegistry(generators, tellBy(log));
  log.warn({}, "no generators module is set: this node can't make any file");
  return registryOf([]);
}

/** The node has no port yet: whoever waits for it looks into its log. */
function tellBy(log: Log): OnSlow {
  return (message) => log.warn({}, message);
}

function engineFor(config: Config, log: Log, env: Environment): Promise<Engine> {
  const { engine, leaseMs, files, synchronous, reserveBytes, name: node } = config;
  const options = { leaseMs, log, files, synchronous, reserveBytes, node, env };
  return openEngine(engine, { clock: systemClock, ...options });
}

function executorFor({ capacity }: Config, registry: Registry, log: Log, env: Environment): Executor {
  const onTrouble = (error: CarryoutError) => log.error({ error }, "generator process failed");
  return openExecutor({ registry, clock: systemClock, capacity, env: withoutSecrets(env), onTrouble });
}

function join(
  config: Config,
  parts: {
    engine: Engine;
    registry: Registry;
    executor: Executor;
    log: Log;
    url: string | null;
    localCluster: boolean;
  },
): Promise<Carryout> {
  const { leaseMs, retentionMs, errorRetentionMs, graceMs, maxHandovers, capacity, inlineCapacity } = config;
  const { maxUnfinished, maxUnfinishedPerAddress, maxUnfinishedPerUser } = config;
  const { url, localCluster, ...rest } = parts;
  const name = config.name ?? randomName();
  // A process id means something only to nodes that all run on one machine.
  const spansMachines = readEngineUrl(config.engine).engine === "nats";
  const pid = localCluster || !spansMachines ? process.pid : null;
  return openCarryout({
    ...rest,
    clock: systemClock,
    self: { name, url, pid, version: VERSION, capacity, inlineCapacity },
    settings: {
      leaseMs,
      retentionMs,
      errorRetentionMs,
      graceMs,
      maxHandovers,
      maxUnfinished,
      maxUnfinishedPerAddress,
      maxUnfinishedPerUser,
    },
  });
}

function listenerOptions({ writeTimeoutMs }: Config, refusals: Refusals, log: Log): ListenerOptions {
  const onStalled = ({ socket }: IncomingMessage) =>
    refusals.add("writeTimeoutMs", socket.remoteAddress ?? null);
  return {
    writeTimeoutMs,
    onStalled,
    onMisuse: (error) => log.error({ error }, "a request can't be answered"),
  };
}

interface AppParts {
  engine: Engine;
  carryout: Carryout;
  log: Log;
  refusals: Refusals;
  connections?: () => number;
  hosts?: readonly string[];
  /** Default: the base path. */
  homePath?: string;
}

function ownApp(config: Config, { engine, ...parts }: AppParts): Hono {
  const { identify, operatorToken, trustedOrigins, publicOrigins, trustProxy } = config;
  const { visitMs, cookieSameSite, sessionCheckMs } = config;
  const basePath = normalBasePath(config.basePath);
  const { homePath = `${basePath}/` } = parts;
  const cluster = () =>
    clusterPage({
      view: presentCluster(parts.carryout.cluster()),
      assetsPath: `${basePath}${ASSETS_PATH}`,
      basePath,
      homePath,
    });
  return createApp({
    ...parts,
    ...httpLimits(config),
    secret: secretsOf(config, engine),
    ...(identify && { identify }),
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

/** What signs the visitors' cookies: it must be the same on every node, or visitors lose their downloads. */
function secretsOf(config: Config, engine: Engine): readonly string[] {
  const secrets = config.secret ?? engine.secret;
  if (secrets !== null) return [secrets].flat();
  if (config.engine.startsWith("memory:")) return [MEMORY_SECRET];
  throw new CarryoutError(
    "invalid-config",
    `the engine ${engine.name} stores no secret, but all nodes need the same one: set CARRYOUT_SECRET to the ` +
      "same value of at least 16 characters on all of them, such as the output of: openssl rand -base64 32",
  );
}
