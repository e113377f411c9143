/** @module The program of a command, and its arguments. */

import { access, constants, stat } from "node:fs/promises";
import { basename, delimiter, join, resolve } from "node:path";
import { oneLine } from "../generator/one-line.ts";
import { valueName } from "../text/value-name.ts";
import { ExternalError } from "./external-error.ts";

/** Passed unchanged: no shell reads it. */
export type CommandLine = readonly [program: string, ...args: string[]];

/** Throws a `TypeError` for an invalid command. */
export function checkedCommand(given: unknown): CommandLine {
  if (!Array.isArray(given) || given.length === 0) {
    throw new TypeError(`command must be [program, …arguments], not ${valueName(given)}`);
  }
  for (const [index, word] of given.entries()) {
    const what = index === 0 ? "the program" : `argument ${index}`;
    if (typeof word !== "string") throw new TypeError(`${what} must be a string, not ${valueName(word)}`);
    if (word.includes("\0")) throw new TypeError(`${what} must be text without NUL characters`);
  }
  if (given[0] === "") throw new TypeError("the program must be a name or a path, not an empty string");
  return given as unknown as CommandLine;
}

/**
 * Refuses an argument from the parameters that the program would treat as an option: one that begins with "-", equals a
 * text in the parameters, and does not follow "--".
 */
export function refuseForeignOptions([program, ...args]: CommandLine, params: unknown): void {
  const end = args.indexOf("--");
  const options = new Set(args.slice(0, end < 0 ? args.length : end).filter((word) => word.startsWith("-")));
  if (options.size === 0) return;
  const foreign = textsIn(params).find((text) => options.has(text));
  if (foreign === undefined) return;
  throw new ExternalError(
    "bad-argument",
    `${basename(program)} would take a parameter for an option: ${JSON.stringify(oneLine(foreign, 80))}; put "--" ` +
      "before it, check it in params, or set optionsFromParams",
    { retriable: false },
  );
}

function textsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(textsIn);
}

/** Its absolute path: searched in PATH, unless it contains a "/". `program-missing` if no executable is found. */
export async function findProgram(
  program: string,
  path: string | undefined,
  cwd: string | undefined,
): Promise<string> {
  const isPath = program.includes("/");
  const folders = isPath ? [cwd ?? "."] : (path ?? "").split(delimiter).filter((folder) => folder !== "");
  for (const folder of folders) {
    const candidate = isPath ? resolve(folder, program) : join(resolve(folder), program);
    if (await isExecutable(candidate)) return candidate;
  }
  const shown = JSON.stringify(oneLine(program, 200));
  const message = isPath
    ? `${shown} is not a program that this node can run`
    : `no program ${shown} is in PATH (${oneLine(path ?? "", 300)})`;
  throw new ExternalError("program-missing", message, { retriable: false });
}

async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}
