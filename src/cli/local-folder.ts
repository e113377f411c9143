/** @module The data folder of a cluster on this machine, and the secrets that its nodes share there. */

import { mkdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Config } from "../config/config.ts";
import { sharedSecret } from "../engines/sqlite/shared-secret.ts";
import { CarryoutError, messageOf } from "../errors.ts";
import { normalBasePath } from "../http/base-path.ts";
import type { Terminal } from "./terminal.ts";

/** Where the embedded engine would keep its data: here too for engines that keep them elsewhere. */
const FOLDER = ".carryout";
const TOKEN_FILE = "operator-token";

/**
 * NATS keeps no secret. Nodes on many machines must be given one; those of one machine share a file, so that visitors
 * are known after the next start as well. Undefined where there is one already. Errors: `store-unusable`.
 */
export async function localSecret(config: Config, terminal: Terminal): Promise<string | undefined> {
  if (config.secret !== undefined || !config.engine.spansMachines) return undefined;
  const path = await fileFor(config, "secret", "CARRYOUT_SECRET");
  const secret = await sharedSecret(path);
  terminal.say(`Visitors' cookies are signed with the secret in ${path}; CARRYOUT_SECRET overrides it.`);
  return secret;
}

/**
 * What makes its bearer an operator: the configured token, else the one in the data folder, made when there is none.
 * Errors: `store-unusable`.
 */
export async function localOperatorToken(config: Config): Promise<string> {
  if (config.operatorToken !== undefined) return config.operatorToken;
  return sharedSecret(await fileFor(config, TOKEN_FILE, "CARRYOUT_OPERATOR_TOKEN"));
}

/** The configured token, else the one that a cluster on this machine has made, else undefined. */
export async function knownOperatorToken(config: Config): Promise<string | undefined> {
  if (config.operatorToken !== undefined) return config.operatorToken;
  if (config.engine.dir === undefined) return undefined;
  const text = await readFile(join(folderOf(config), TOKEN_FILE), "utf8").catch(() => "");
  return text.trim() || undefined;
}

/** The line that tells an operator what to open. A token that the user chose is not repeated. */
export function operatorLine(config: Config, url: string, token: string): string {
  const shown = config.operatorToken === undefined ? token : "…";
  return `Operators open ${url}${normalBasePath(config.basePath)}/cluster?token=${shown}`;
}

function folderOf({ engine }: Config): string {
  return resolve(engine.dir ?? FOLDER);
}

async function fileFor(config: Config, name: string, variable: string): Promise<string> {
  const folder = folderOf(config);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  } catch (cause) {
    const message = `${name} can't be stored in ${folder}: ${messageOf(cause)}; set ${variable} instead`;
    throw new CarryoutError("store-unusable", message, { cause });
  }
  return join(folder, name);
}
