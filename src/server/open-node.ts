/** @module The main entry point: a node in the application's own process, with or without a server. */

import { type CarryoutConfig, loadConfig } from "../config/config.ts";
import { CarryoutError } from "../errors.ts";
import { normalBasePath } from "../http/base-path.ts";
import type { AskOperators } from "../http/operators.ts";
import type { Log } from "../ports/log.ts";
import { type Downloads, downloadsOf } from "./downloads.ts";
import { embedNode, type Mounted } from "./embed.ts";
import { startNode } from "./start.ts";
import type { AnyGenerator, GeneratorsIn } from "./typed.ts";

/** Settings that apply only to a node that listens. */
const SERVE_SETTINGS = [
  "port",
  "host",
  "stopMs",
  "routes",
  "requestTimeoutMs",
  "maxHeaderBytes",
  "maxConnections",
  "maxConnectionsPerAddress",
] as const;
/** Settings of the command line only. */
const OTHERS_SETTINGS = ["nodes"] as const;

/** Where a node listens, and limits for its connections. */
export type ServeOptions = Pick<CarryoutConfig, (typeof SERVE_SETTINGS)[number]>;

interface Options<Source>
  extends Omit<
    CarryoutConfig,
    (typeof SERVE_SETTINGS)[number] | (typeof OTHERS_SETTINGS)[number] | "generators"
  > {
  /**
   * The generators: the URL of a module, which is loaded by each process that runs one, or an array of inline
   * generators, which run in this process.
   */
  generators?: string | URL | (Source & readonly AnyGenerator[]) | undefined;
  /** The application's own operators, who may see and drain the cluster. */
  operators?: AskOperators | undefined;
  /** All nodes run on this machine: their process ids mean something to one another. Default false. */
  localCluster?: boolean | undefined;
  /** Default: JSON lines on standard error, from `logLevel`. */
  log?: Log | undefined;
}

export interface MountOptions<Source> extends Options<Source> {
  serve?: undefined;
  /** Where the other nodes reach this one over HTTP, to ask what it knows for the page of operators. Default: not at all. */
  url?: string | undefined;
  /**
   * Handles `/healthz`, `/readyz`, `/metrics` and `/openapi.json` as well. Default: only below a base path, where they
   * can't conflict.
   */
  operations?: boolean | undefined;
}

export interface ServeNodeOptions<Source> extends Options<Source> {
  /** Makes the node listen itself; `{}` uses the default port. */
  serve: ServeOptions;
  url?: undefined;
  operations?: undefined;
}

interface Closable {
  /** Hands its work over and leaves the cluster. Call it when the process is asked to stop. Idempotent. */
  close(): Promise<void>;
}

/** A node inside a server of the application's own. */
export interface MountedNode<Made extends AnyGenerator = AnyGenerator>
  extends Downloads<Made>,
    Mounted,
    Closable {}

/** A node that listens itself. */
export interface ServingNode<Made extends AnyGenerator = AnyGenerator> extends Downloads<Made>, Closable {
  /** The node's own address. */
  readonly url: string;
}

/**
 * Opens a node in this process. With `serve` it listens itself and has a `url`; without, the caller passes it the
 * requests that it handles. Settings are those of a config file; environment variables override them. Kinds and
 * parameters are typed by `openNode<typeof import("./generators.ts")>`, or by an array of generators. If it rejects,
 * nothing is left running; errors are `CarryoutError`s with readable messages.
 */
export function openNode<const Source = readonly AnyGenerator[]>(
  options: ServeNodeOptions<Source>,
): Promise<ServingNode<GeneratorsIn<Source>>>;
export function openNode<const Source = readonly AnyGenerator[]>(
  options: MountOptions<Source>,
): Promise<MountedNode<GeneratorsIn<Source>>>;
export async function openNode<const Source>(
  options: ServeNodeOptions<Source> | MountOptions<Source>,
): Promise<MountedNode | ServingNode> {
  const { serve, url, operations, localCluster, log, operators, generators, ...settings } = options;
  refuseIgnored(settings);
  const module = typeof generators === "string" || generators instanceof URL ? String(generators) : undefined;
  const values: CarryoutConfig = { ...settings, ...serve, generators: module };
  const config = await loadConfig({ values, env: process.env, flags: {} });
  const given = Array.isArray(generators) ? { generators: generators as readonly AnyGenerator[] } : {};
  const extras = { localCluster, log, operators, ...given };
  const { carryout, ...node } = await (serve
    ? startNode(config, extras)
    : embedNode(config, { ...extras, url, operations }));
  const basePath = normalBasePath(config.basePath);
  return Object.defineProperties(node, Object.getOwnPropertyDescriptors(downloadsOf(carryout, basePath))) as
    | MountedNode
    | ServingNode;
}

/** The compiler rejects these too; without this check, JavaScript callers would see them silently ignored. */
function refuseIgnored(settings: object): void {
  for (const name of Object.keys(settings)) {
    if ((SERVE_SETTINGS as readonly string[]).includes(name)) {
      throw new CarryoutError("invalid-config", `${name} is for a node that listens: serve: { ${name}: … }`);
    }
    if ((OTHERS_SETTINGS as readonly string[]).includes(name)) {
      throw new CarryoutError("invalid-config", `${name} is for carryout up: openNode opens one node`);
    }
  }
}
