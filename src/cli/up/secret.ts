/** @module The secret of a local cluster whose engine keeps none. */

import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Config } from "../../config.ts";
import { readEngineUrl } from "../../engine/engine-url.ts";
import { sharedSecret } from "../../engine/secret.ts";
import { CarryoutError, messageOf } from "../../errors.ts";
import type { Terminal } from "../terminal.ts";

/** Where the embedded engine would keep it. */
const FOLDER = ".carryout";

/**
 * NATS keeps no secret. Nodes on many machines must be given one; those of one machine share a file, so that visitors
 * are known after the next start as well. Undefined where there is one already. Errors: `store-unusable`.
 */
export async function localSecret(config: Config, terminal: Terminal): Promise<string | undefined> {
  if (config.secret !== undefined || readEngineUrl(config.engine).engine !== "nats") return undefined;
  const folder = resolve(FOLDER);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  } catch (cause) {
    const message = `the secret can't be kept in ${folder}: ${messageOf(cause)}; set CARRYOUT_SECRET instead`;
    throw new CarryoutError("store-unusable", message, { cause });
  }
  const path = join(folder, "secret");
  const secret = await sharedSecret(path);
  terminal.say(
    `The cookies of visitors are signed by the secret in ${path}; CARRYOUT_SECRET would go before it.`,
  );
  return secret;
}
