/** @module The engines that tests with real processes are run on. */

import { findNatsServer } from "../../scripts/nats-server.mjs";

export type TestedEngine = "sqlite" | "nats";

/**
 * The embedded engine, and NATS where there is a nats-server. `CARRYOUT_TEST_ENGINE` chooses one of them. What is
 * given to `RealCluster.start` is `engineOption`.
 */
export function engines(): TestedEngine[] {
  const chosen = process.env.CARRYOUT_TEST_ENGINE;
  const here: TestedEngine[] = findNatsServer() === null ? ["sqlite"] : ["sqlite", "nats"];
  return here.filter((engine) => chosen === undefined || chosen === engine);
}

export function engineOption(engine: TestedEngine): { engine?: string } {
  return engine === "nats" ? { engine: "nats" } : {};
}
