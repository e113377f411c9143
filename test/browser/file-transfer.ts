/** @module Which node sends a file, and whether the file is whole. */

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { asOperator } from "../support/operator.ts";
import { eventually, type RealCluster, type RealNode } from "../support/real-cluster.ts";

/** Resolves with the first node that is sending a file. */
export function sendingNode(cluster: RealCluster): Promise<RealNode> {
  return eventually("a node sends the file", async () => {
    for (const node of await cluster.nodes()) {
      const metrics = await (await fetch(`${node.url}/metrics`, { headers: asOperator })).text();
      if (Number(/^carryout_file_transfers (\d+)$/m.exec(metrics)?.[1]) > 0) return node;
    }
    return null;
  });
}

/** SHA-256, as the API tells it. */
export async function digestOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}
