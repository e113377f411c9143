/** @module The options of `npm run cluster`, and the ports that follow from them. */

import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { tryPort } from "../../src/cli/up/ports.ts";
import { readEngineUrl } from "../../src/engines/engine-url.ts";
import type { NatsPorts } from "./nats.ts";

export const USAGE = `npm run cluster -- [--port 4000] [--nodes 3] [--config FILE] [--dir DIR] [--engine ENGINE]

Runs three nats-servers, the nodes, and nginx in front of them, all on this machine. What ends is started again.
  --port    where nginx listens; node i takes port + i, the nats-servers port + 222 … and port + 2222 …, PostgreSQL
            port + 1432
  --nodes   how many nodes
  --config  the nodes' config file (default: the example with the cities)
  --dir     where everything is kept (default: .carryout-cluster)
  --engine  "nats" (default); "postgres" runs a PostgreSQL in place of the nats-servers; or the URL of an engine of
            your own
  --sources run the nodes from src/ instead of dist/`;

export interface ClusterOptions {
  port: number;
  nodePorts: number[];
  engine: LocalEngine;
  config: string;
  dir: string;
  sources: boolean;
}

/** What is started to keep the records, or the URL of what runs already. */
export type LocalEngine =
  | { kind: "nats"; ports: NatsPorts }
  | { kind: "postgres"; port: number }
  | { kind: "own"; url: string };

const NATS_SERVERS = 3;
/** Added to 4000, these give the usual ports of NATS and PostgreSQL. */
const NATS_CLIENTS = 222;
const NATS_ROUTES = 2_222;
const POSTGRES = 1_432;
const MOST_NODES = 64;

/** Throws an Error with a message for users. */
export function readOptions(words: readonly string[], root: string): ClusterOptions {
  const { values } = parseArgs({
    args: [...words],
    options: {
      port: { type: "string", default: "4000" },
      nodes: { type: "string", default: "3" },
      config: { type: "string", default: "examples/cities/carryout.config.ts" },
      dir: { type: "string", default: ".carryout-cluster" },
      engine: { type: "string", default: "nats" },
      sources: { type: "boolean", default: false },
    },
  });
  const nodes = wholeNumber("--nodes", values.nodes, 1, MOST_NODES);
  const port = wholeNumber("--port", values.port, 1, 65_535 - NATS_ROUTES - NATS_SERVERS);
  return {
    port,
    nodePorts: ports(port + 1, nodes),
    engine: readEngine(values.engine, port),
    config: resolve(root, values.config),
    dir: resolve(root, values.dir),
    sources: values.sources,
  };
}

function readEngine(text: string, port: number): LocalEngine {
  if (text === "postgres") return { kind: "postgres", port: port + POSTGRES };
  if (text === "nats") {
    const [clients, routes] = [NATS_CLIENTS, NATS_ROUTES].map((first) => ports(port + first, NATS_SERVERS));
    return { kind: "nats", ports: { clients: clients!, routes: routes! } };
  }
  readEngineUrl(text);
  return { kind: "own", url: text };
}

function ports(from: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => from + index);
}

function wholeNumber(flag: string, text: string, from: number, to: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= from && value <= to) return value;
  throw new Error(`${flag}: expected a whole number from ${from} to ${to}, got ${JSON.stringify(text)}`);
}

/** Fails with a message that names every port in use and what it was wanted for. */
export async function refusePortsInUse({ port, nodePorts, engine }: ClusterOptions): Promise<void> {
  const nats = engine.kind === "nats" ? engine.ports : null;
  const wanted: [number, string][] = [
    [port, "nginx"],
    ...nodePorts.map((each, index): [number, string] => [each, `n${index + 1}`]),
    ...[nats?.clients, nats?.routes].flatMap((each) =>
      (each ?? []).map((own, index): [number, string] => [own, `nats-${index + 1}`]),
    ),
    ...(engine.kind === "postgres" ? [[engine.port, "postgres"] as [number, string]] : []),
  ];
  const taken: string[] = [];
  for (const [each, name] of wanted) {
    if ((await tryPort(each, "127.0.0.1")) === null) taken.push(`${each} (for ${name})`);
  }
  if (taken.length === 0) return;
  throw new Error(
    `in use: port ${taken.join(", ")}. Does another cluster run? End it, or choose other ports: ` +
      `npm run cluster -- --port ${port + 1_000}`,
  );
}
