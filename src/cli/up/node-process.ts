/** @module One node of `carryout up`: the program of a process that the primary forks. */

import cluster from "node:cluster";
import { loadConfig } from "../../config/config.ts";
import { takeSecrets } from "../../config/secrets.ts";
import { isCarryoutError, messageOf } from "../../errors.ts";
import { type RunningNode, startNode } from "../../server/start.ts";
import { writeToStandardError } from "../../telemetry/standard-error.ts";
import { nodeLog } from "../node-log.ts";
import { endAfter } from "../stop-signals.ts";
import { outliveReaders } from "../terminal.ts";
import { surviveUncaughtErrors } from "../uncaught-errors.ts";
import { UP_DEFAULTS } from "./defaults.ts";
import { type NodeOrders, type NodeReport, ORDERS_VARIABLE } from "./messages.ts";

const orders: NodeOrders = JSON.parse(process.env[ORDERS_VARIABLE] ?? "null");
// Programs started by a generator must not inherit these.
delete process.env[ORDERS_VARIABLE];

outliveReaders();
const starting = start(orders);
starting.then(
  ({ url }) => report({ type: "ready", url }),
  (error) => {
    const retriable = isCarryoutError(error) && error.retriable;
    report({ type: "failed", message: messageOf(error), retriable }, () => process.exit(1));
  },
);

// Ctrl-C reaches every process of the terminal; the primary decides how to react.
process.on("SIGINT", () => {});
process.on("SIGHUP", () => {});
process.once("SIGTERM", () => {
  process.once("SIGTERM", () => process.exit(1));
  void stop();
});

// Without this, a node whose primary dies would end at once instead of handing its work over.
cluster.worker?.once("disconnect", () => {
  if (cluster.worker) cluster.worker.exitedAfterDisconnect = true;
  void stop();
});

async function start({
  file,
  flags,
  name,
  host,
  entryPort,
  ownPort,
  secret,
  operatorToken,
}: NodeOrders): Promise<RunningNode> {
  const config = await loadConfig({
    file,
    flags: { ...flags, name },
    env: process.env,
    defaults: { ...UP_DEFAULTS, secret, operatorToken },
  });
  const log = nodeLog(config.logLevel, name);
  surviveUncaughtErrors(log);
  const env = takeSecrets(process.env);
  return startNode(config, {
    log,
    env,
    localCluster: true,
    listen: [
      { port: ownPort, host, exclusive: true },
      { port: entryPort, host, exclusive: false },
    ],
  });
}

/** Hands its work over and ends, even while it is still starting. */
async function stop(): Promise<void> {
  endAfter(0);
  const node = await starting.catch(() => null);
  let exitCode = 0;
  try {
    await node?.close();
  } catch (error) {
    writeToStandardError(`${orders.name}  did not stop cleanly: ${messageOf(error)}\n`);
    exitCode = 1;
  }
  process.exit(exitCode);
}

function report(message: NodeReport, sent: () => void = () => {}): void {
  if (process.connected) process.send?.(message, sent);
  else sent();
}
