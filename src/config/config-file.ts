/** @module Finds and loads the config file, and returns its default export unchanged. */

import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { CarryoutError } from "../errors.ts";
import { loadModule } from "../generator/load-module.ts";

const NAMES = ["carryout.config.ts", "carryout.config.js", "carryout.config.mjs"];

export interface ConfigFile {
  /** Absolute. */
  path: string;
  values: Record<string, unknown>;
}

/**
 * The config file at this path, or the first of the usual names in the working directory, or null if none was
 * requested and none exists. Fails with `invalid-config` if it is missing, does not compile or exports no object.
 */
export async function readConfigFile(
  asked: string | undefined,
  directory: string,
): Promise<ConfigFile | null> {
  const path = asked === undefined ? findConfigFile(directory) : resolve(directory, asked);
  if (path === null) return null;
  if (!existsSync(path)) throw new CarryoutError("invalid-config", `config file not found: ${path}`);
  const values = await defaultExport(path);
  if (typeof values !== "object" || values === null || Array.isArray(values)) {
    throw new CarryoutError(
      "invalid-config",
      `${path}: expected "export default defineConfig({ … })", given ${kindOf(values)}`,
    );
  }
  return { path, values: values as Record<string, unknown> };
}

function findConfigFile(directory: string): string | null {
  return NAMES.map((name) => resolve(directory, name)).find((path) => existsSync(path)) ?? null;
}

async function defaultExport(path: string): Promise<unknown> {
  const module = await loadModule(pathToFileURL(path).href).catch(({ message, cause }: Error) => {
    throw new CarryoutError("invalid-config", `the config file can't be loaded: ${message}`, { cause });
  });
  return module.default;
}

function kindOf(value: unknown): string {
  if (value === undefined) return "none";
  if (value === null) return "null";
  return Array.isArray(value) ? "a list" : `a ${typeof value}`;
}
