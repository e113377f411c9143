/** @module The options of `npm run cluster`, and the ports that follow from them. */

import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { tryPort } from "../../src/cli/up/ports.ts";
import { readEngineUrl } from "../../src/engines/engine-url.ts";
import type { NatsPorts } from "./nats.ts";

export const USAGE = `npm run cluster -- [--port 4000] [--nodes 3] [--config FILE] [--dir DIR] [--engine URL]

Runs three nats-servers, the nodes, and nginx in front of them, all on this machine. What ends is started again.
  --port    where nginx listens; node i takes port + i, the nats-servers port + 222 … and port + 2222 …
  --nodes   how many nodes
  --config  the nodes' config file (default: the example with the cities)
  --dir     where everything is kept (default: .carryout-cluster)
  --engine  an engine of your own in place of the nats-servers
  --sources run the nodes from src/ instead of dist/`;

export interface ClusterOptions {
  port: number;
  nodePorts: number[];
  /** Null when another engine is used. */
  nats: NatsPorts | null;
  engine: string | null;
  config: string;
  dir: string;
  sources: boolean;
}

const NATS_SERVERS = 3;
/** Added to 4000, these give NATS's usual ports. */
const NATS_CLIENTS = 222;
const NATS_ROUTES = 2_222;
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
      engine: { type: "string" },
      sources: { type: "boolean", default: false },
    },
  });
  const nodes = wholeNumber("--nodes", values.nodes, 1, MOST_NODES);
  const port = wholeNumber("--port", values.port, 1, 65_535 - NATS_ROUTES - NATS_SERVERS);
  if (values.engine !== undefined) readEngineUrl(values.engine);
  const ports = (from: number, count: number) => Array.from({ length: count }, (_, index) => from + index);
  return {
    port,
    nodePorts: ports(port + 1, nodes),
    nats:
      values.engine === undefined
        ? {
            clients: ports(port + NATS_CLIENTS, NATS_SERVERS),
            routes: ports(port + NATS_ROUTES, NATS_SERVERS),
          }
        : null,
    engine: values.engine ?? null,
    config: resolve(root, values.config),
    dir: resolve(root, values.dir),
    sources: values.sources,
  };
}

function wholeNumber(flag: string, text: string, from: number, to: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= from && value <= to) return value;
  throw new Error(`${flag}: expected a whole number from ${from} to ${to}, got ${JSON.stringify(text)}`);
}

/** Fails with a message that names every port in use and what it was wanted for. */
export async function refusePortsInUse({ port, nodePorts, nats }: ClusterOptions): Promise<void> {
  const wanted: [number, string][] = [
    [port, "nginx"],
    ...nodePorts.map((each, index): [number, string] => [each, `n${index + 1}`]),
    ...[nats?.clients, nats?.routes].flatMap((each) =>
      (each ?? []).map((own, index): [number, string] => [own, `nats-${index + 1}`]),
    ),
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
