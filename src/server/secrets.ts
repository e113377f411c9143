/** @module The secret that signs the visitors' cookies. */

import type { Config } from "../config/config.ts";
import { CarryoutError } from "../errors.ts";
import type { Engine } from "../ports/engine.ts";

/** It must be the same on every node, or visitors lose their downloads. `invalid-config` if none is given. */
export function secretsOf(config: Config, engine: Engine): readonly string[] {
  const secrets = config.secret ?? engine.secret;
  if (secrets !== null) return [secrets].flat();
  throw new CarryoutError(
    "invalid-config",
    `the engine ${engine.name} stores no secret, but all nodes need the same one: set CARRYOUT_SECRET to the ` +
      "same value of at least 16 characters on all of them, such as the output of: openssl rand -base64 32",
  );
}
