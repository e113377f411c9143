/** @module The data folder of a cluster on this machine, and the secrets that its nodes share there. */

import { mkdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Config } from "../config/config.ts";
import { sharedSecret } from "../engines/sqlite/shared-secret.ts";
import { CarryoutError, messageOf } from "../errors.ts";
import { normalBasePath } from "../http/base-path.ts";
import type { Terminal } from "./terminal.ts";

/** Where the embedded engine keeps its data; used for local secrets even if the engine stores its data elsewhere. */
const FOLDER = ".carryout";
const TOKEN_FILE = "operator-token";

/**
 * NATS and PostgreSQL store no secret. Nodes on several machines must be given one; nodes on one machine share a file, so that
 * visitors are still recognised after a restart. Undefined if a secret exists already. Errors: `store-unusable`.
 */
export async function localSecret(config: Config, terminal: Terminal): Promise<string | undefined> {
  if (config.secret !== undefined || !config.engine.spansMachines) return undefined;
  const path = await fileFor(config, "secret", "CARRYOUT_SECRET");
  const secret = await sharedSecret(path);
  terminal.say(`Visitors' cookies are signed with the secret in ${path}; CARRYOUT_SECRET overrides it.`);
  return secret;
}

/**
 * The operator token: the configured one, else the one in the data folder, which is created if missing.
 * Errors: `store-unusable`.
 */
export async function localOperatorToken(config: Config): Promise<string> {
  if (config.operatorToken !== undefined) return config.operatorToken;
  return sharedSecret(await fileFor(config, TOKEN_FILE, "CARRYOUT_OPERATOR_TOKEN"));
}

/** The configured token, else the one created by a cluster on this machine, else undefined. */
export async function knownOperatorToken(config: Config): Promise<string | undefined> {
  if (config.operatorToken !== undefined) return config.operatorToken;
  if (config.engine.dir === undefined) return undefined;
  const text = await readFile(join(folderOf(config), TOKEN_FILE), "utf8").catch(() => "");
  return text.trim() || undefined;
}

/** The line with the link for operators. A token chosen by the user is not repeated. */
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
