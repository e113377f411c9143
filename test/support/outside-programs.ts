/** @module Programs that read what Carryout wrote: they did not write it. */

import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { findProgram } from "../../scripts/system-programs.mjs";

const execute = promisify(execFile);

/** The value of a test's `skip`: tests that need one of these are skipped where it is missing, but never in CI. */
export function unless(...programs: string[]): string | false {
  const missing = programs.find((program) => findProgram(program) === null);
  return missing !== undefined && process.env.CI !== "true" && `${missing} is missing`;
}

/** Its standard output. Rejects with what it wrote to standard error when it fails. */
export async function runProgram(program: string, ...args: string[]): Promise<string> {
  const path = findProgram(program);
  if (path === null) throw new Error(`${program} is missing: node scripts/setup.mjs --test installs it`);
  const { stdout } = await execute(path, args, { maxBuffer: 512 * 1024 * 1024, timeout: 300_000 });
  return stdout;
}

/** What a Python program prints as JSON; `sys.argv[1:]` are `args`. */
export async function python(program: string, ...args: string[]): Promise<unknown> {
  return JSON.parse(await runProgram("python3", "-c", program, ...args));
}

/** A folder for the time of `use`. */
export async function inFolder<Result>(use: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), "carryout-export-"));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
