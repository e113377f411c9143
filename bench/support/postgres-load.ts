/** @module What a PostgreSQL server is asked for, and the processor time that this takes. */

import type { PostgresServer } from "../../test/support/postgres.testing.ts";
import { cpuMsOf } from "./process-figures.ts";

/** Settings of a server whose statements are counted. */
export const COUNTED = {
  shared_preload_libraries: "pg_stat_statements",
  "pg_stat_statements.max": "50000",
};

/** Per second, and percent of one core, over this time; all processes of the server together. */
export async function loadOf(
  server: PostgresServer,
  seconds: number,
): Promise<{ statements: number; cpuPercent: number }> {
  await server.query("CREATE EXTENSION IF NOT EXISTS pg_stat_statements");
  const client = await server.client();
  const { rows } = await client.query<{ pid: number }>(
    "SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()",
  );
  const cpuMs = () => rows.map(({ pid }) => cpuOrNull(pid));
  await client.query("SELECT pg_stat_statements_reset()");
  const [beganAt, before] = [performance.now(), cpuMs()];
  await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
  const [tookMs, after] = [performance.now() - beganAt, cpuMs()];
  const usedMs = after.reduce<number>((sum, ms, at) => sum + (ms === null ? 0 : ms - (before[at] ?? 0)), 0);
  const counted = await client.query<{ calls: number }>(
    "SELECT coalesce(sum(calls), 0)::float8 AS calls FROM pg_stat_statements WHERE query NOT LIKE '%pg_stat_statements%'",
  );
  await client.end();
  return {
    statements: (counted.rows[0]!.calls * 1_000) / tookMs,
    cpuPercent: (usedMs / tookMs) * 100,
  };
}

/** Null for a process that has ended, as background workers do. */
function cpuOrNull(pid: number): number | null {
  try {
    return cpuMsOf(pid);
  } catch {
    return null;
  }
}
