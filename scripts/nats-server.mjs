/** @module Where the nats-server program is. */

import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

const FETCHED = fileURLToPath(new URL("../node_modules/.carryout/nats-server", import.meta.url));

/** The path of nats-server: `CARRYOUT_NATS_SERVER`, or the one on the PATH, or the one the setup fetched; or null. */
export function findNatsServer() {
  const named = process.env.CARRYOUT_NATS_SERVER;
  if (named) return named;
  const folders = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  const candidates = [...folders.map((folder) => join(folder, "nats-server")), FETCHED];
  return candidates.find((path) => existsSync(path)) ?? null;
}
