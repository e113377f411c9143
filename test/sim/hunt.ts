/** @module How many schedules it takes to find a planted fault. */

import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Mutant } from "./mutant.ts";

const HOOK = new URL("./mutant-hook.ts", import.meta.url).href;
const MAIN = fileURLToPath(new URL("./main.ts", import.meta.url));

export interface Catch {
  seed: number;
  /** The invariant that the fault broke. */
  invariant: string;
}

/** The first of the seeds 1 to `seeds` that finds the fault; null if none does. */
export async function hunt(mutant: Mutant, seeds: number): Promise<Catch | null> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--import", HOOK, MAIN, "--seeds", String(seeds), "--first"],
    { env: { ...process.env, SIMULATION_MUTANT: mutant.name }, maxBuffer: 64 * 1024 * 1024 },
  ).catch((error: { stdout?: string; code?: unknown }) => {
    if (error.code !== 1 || error.stdout === undefined) throw error;
    return { stdout: error.stdout };
  });
  const found = /^seed (\d+): (.+?): /m.exec(stdout);
  return found ? { seed: Number(found[1]), invariant: found[2] ?? "" } : null;
}
