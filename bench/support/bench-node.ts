/** @module The program of one node process: a complete node that answers the bench's questions about itself. */

import { loadConfig } from "../../src/config/config.ts";
import { startNode } from "../../src/server/start.ts";
import { OPERATOR_TOKEN } from "../../test/support/operator.ts";

const { flags, ownPort } = JSON.parse(process.argv[2] as string);
const file = new URL("./bench.config.ts", import.meta.url).pathname;
const { CARRYOUT_SECRET } = process.env;
const config = await loadConfig({
  file,
  env: { CARRYOUT_SECRET },
  flags,
  defaults: { operatorToken: OPERATOR_TOKEN },
});
const node = await startNode(config, {
  localCluster: true,
  listen: [{ port: ownPort, host: "127.0.0.1", exclusive: true }],
});

process.on("message", (question) => {
  if (question !== "usage") return;
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, external, rss } = process.memoryUsage();
  process.send?.({ heapUsed, external, rss, cpu: process.cpuUsage() });
});
process.once("SIGTERM", async () => {
  await node.close();
  process.exit(0);
});
process.on("disconnect", () => process.exit(0));
process.send?.({ url: node.url });
