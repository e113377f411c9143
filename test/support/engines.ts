/** @module The engines that tests with real processes run on. */

import { findNatsServer } from "../../scripts/nats-server.mjs";
import { withoutPostgres } from "./postgres.testing.ts";

export type TestedEngine = "sqlite" | "nats" | "postgres";

/**
 * The embedded engine, and NATS and PostgreSQL where a server is available. `CARRYOUT_TEST_ENGINE` selects one of them.
 * Pass `engineOption` to `RealCluster.start`.
 */
export function engines(): TestedEngine[] {
  const chosen = process.env.CARRYOUT_TEST_ENGINE;
  const here: TestedEngine[] = ["sqlite"];
  if (findNatsServer() !== null) here.push("nats");
  if (withoutPostgres === false) here.push("postgres");
  return here.filter((engine) => chosen === undefined || chosen === engine);
}

export function engineOption(engine: TestedEngine): { engine?: string } {
  return engine === "sqlite" ? {} : { engine };
}
