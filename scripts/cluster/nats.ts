/** @module The nats-servers of the local cluster: their configuration, and whether one serves. */

import { openSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { findNatsServer } from "../nats-server.mjs";
import type { Program } from "./kept-process.ts";

export interface NatsPorts {
  /** Client ports, one per server. */
  clients: number[];
  /** Route ports, for the other servers. */
  routes: number[];
}

const ANSWER_MS = 1_000;

export async function natsServers(dir: string, { clients, routes }: NatsPorts): Promise<Program[]> {
  const program = findNatsServer();
  if (program === null)
    throw new Error("nats-server is missing: npm run setup -- --cluster says how to get it");
  const others = routes.map((port) => `nats://127.0.0.1:${port}`).join(", ");
  return Promise.all(
    clients.map(async (port, index) => {
      const name = `nats-${index + 1}`;
      const folder = join(dir, name);
      await mkdir(folder, { recursive: true });
      const config = join(dir, `${name}.conf`);
      const listen = `listen: "127.0.0.1:${routes[index]}", routes: [${others}]`;
      await writeFile(
        config,
        `# Written anew at every start. deploy/nats.conf is the example for production.
server_name: ${name}
listen: "127.0.0.1:${port}"
jetstream { store_dir: ${JSON.stringify(folder)} }
cluster { name: carryout-local, ${listen}, ping_interval: "1s", ping_max: 3 }
`,
      );
      return {
        name,
        words: [program, "-c", config] as const,
        output: openSync(join(dir, `${name}.log`), "w"),
        address: `nats://127.0.0.1:${port}`,
        isReady: () => hasJetStream(port),
      };
    }),
  );
}

export function engineUrl({ clients }: NatsPorts): string {
  return `nats://${clients.map((port) => `127.0.0.1:${port}`).join(",")}`;
}

/** Whether its streams have a leader, as far as this server knows. */
async function hasJetStream(port: number): Promise<boolean> {
  const nats = await connect({ servers: `127.0.0.1:${port}`, reconnect: false, timeout: ANSWER_MS });
  try {
    const manager = await jetstreamManager(nats, { timeout: ANSWER_MS, checkAPI: false });
    await manager.getAccountInfo();
    return true;
  } finally {
    await nats.close();
  }
}
