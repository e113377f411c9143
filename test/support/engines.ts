/** @module The engines that tests with real processes run on. */

import { findNatsServer } from "../../scripts/nats-server.mjs";

export type TestedEngine = "sqlite" | "nats";

/**
 * The embedded engine, and NATS if a nats-server is available. `CARRYOUT_TEST_ENGINE` selects one of them. Pass
 * `engineOption` to `RealCluster.start`.
 */
export function engines(): TestedEngine[] {
  const chosen = process.env.CARRYOUT_TEST_ENGINE;
  const here: TestedEngine[] = findNatsServer() === null ? ["sqlite"] : ["sqlite", "nats"];
  return here.filter((engine) => chosen === undefined || chosen === engine);
}

export function engineOption(engine: TestedEngine): { engine?: string } {
  return engine === "nats" ? { engine: "nats" } : {};
}
