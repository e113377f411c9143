/** @module Checks that the ports a cluster needs are free, before anything is started. */

import { createServer } from "node:net";
import { CarryoutError } from "../../errors.ts";
import { cannotListen } from "../../server/http-servers.ts";

/** The entry port shared by all nodes, then one port for each node. 0 means that any free one will do. */
export interface ClusterPorts {
  entry: number;
  own: number[];
}

/** Node i listens on `port + i`; with port 0, every node gets a free port. */
export function clusterPorts(port: number, nodes: number): ClusterPorts {
  return {
    entry: port,
    own: Array.from({ length: nodes }, (_, index) => (port === 0 ? 0 : port + index + 1)),
  };
}

/** Fixes the entry port when any free one will do. Fails with `unavailable` that names every port in use. */
export async function reservePorts(ports: ClusterPorts, host: string): Promise<ClusterPorts> {
  const beyond = ports.own.find((port) => port > 65_535);
  if (beyond !== undefined) {
    throw new CarryoutError(
      "invalid-config",
      `the nodes' own ports would exceed 65535: choose a --port below ${ports.entry}`,
    );
  }
  const taken: number[] = [];
  let entry = ports.entry;
  for (const port of [ports.entry, ...ports.own]) {
    const bound = await tryPort(port, host);
    if (bound === null) taken.push(port);
    else if (port === ports.entry) entry = bound;
  }
  if (taken.length > 0) throw portsInUse(taken, ports);
  return { ...ports, entry };
}

function portsInUse(taken: readonly number[], ports: ClusterPorts): CarryoutError {
  const [first] = taken;
  const subject = taken.length === 1 ? `port ${first} is` : `ports ${taken.join(", ")} are`;
  const least = ports.entry + ports.own.length + 1;
  const other = least + 10 - (least % 10 || 10);
  const needed = ports.own.length > 0 ? ` (${ports.own.length + 1} consecutive ports are needed)` : "";
  return new CarryoutError(
    "unavailable",
    `${subject} in use; choose another with --port, for example --port ${other}${needed}`,
    { details: { ports: taken } },
  );
}

/** The port if it can be listened on, or null when it is in use. Other errors are thrown with a readable message. */
export function tryPort(port: number, host: string): Promise<number | null> {
  return new Promise((resolve, reject) => {
    // Exclusive: asks the system itself, in a cluster's primary as well as in its nodes.
    const server = createServer().listen({ port, host, exclusive: true });
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE") resolve(null);
      else reject(cannotListen(error, port, host));
    });
    server.once("listening", () => {
      const address = server.address();
      const bound = typeof address === "object" && address !== null ? address.port : port;
      server.close(() => resolve(bound));
    });
  });
}
