/** @module Checks of this machine: Node, the data folder, the ports. */

import { access, constants, stat, statfs } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { Config } from "../../config/config.ts";
import { isOpenToOthers, modeText } from "../../files/disk/private-folder.ts";
import type { NodeStatus } from "../../tracker/status.ts";
import { bytes } from "../format.ts";
import { tryPort } from "../up/ports.ts";
import { fail, type Outcome, ok, warn } from "./finding.ts";

const LEAST_NODE = 24;
const LITTLE_BYTES = 1_000_000_000;
const TOO_LITTLE_BYTES = 50_000_000;

export function checkNode(): Outcome {
  const { version } = process;
  if (Number(process.versions.node.split(".")[0]) >= LEAST_NODE) return ok(version);
  return fail(version, `install Node ${LEAST_NODE} or newer`);
}

/** The folder of an engine that keeps its data on this machine, else null. */
export function dataFolder({ engine }: Config): string | null {
  return engine.dir === undefined ? null : resolve(engine.dir);
}

/** A folder that does not exist yet is fine: the first start creates it. */
export async function checkDataFolder(folder: string): Promise<Outcome> {
  const exists = await stat(folder).then(
    (entry) => entry.isDirectory(),
    () => null,
  );
  if (exists === false)
    return fail(
      `${folder} is not a folder`,
      "move it away, or choose another folder with --engine sqlite:DIR",
    );
  const looked = exists ? folder : await nearestFolder(dirname(folder));
  try {
    await access(looked, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch {
    return fail(
      `${looked} is not writable for this user`,
      "make it writable, or choose another folder with --engine sqlite:DIR",
    );
  }
  const { mode, uid } = await stat(looked);
  const user = process.getuid?.() ?? uid;
  if (exists && user !== 0 && uid !== user) {
    return fail(
      `${folder} belongs to user ${uid}, but this process runs as user ${user}`,
      `change its owner (chown ${user} ${folder}), or choose a folder inside it: --engine sqlite:${folder}/carryout`,
    );
  }
  if (exists && process.platform !== "win32" && isOpenToOthers(mode)) {
    return warn(
      `${folder} is open to other users (mode ${modeText(mode)})`,
      "restrict it (chmod 700); the next node that starts does so",
    );
  }
  const { bavail, bsize } = await statfs(looked);
  const free = bavail * bsize;
  const found = `${folder}${exists ? "" : " (created at the first start)"}, ${bytes(free)} free`;
  if (free < TOO_LITTLE_BYTES) return fail(found, "free some space; nothing can be written");
  return free < LITTLE_BYTES ? warn(found, "free some space; large files will not fit") : ok(found);
}

async function nearestFolder(path: string): Promise<string> {
  const isThere = await stat(path).then(
    () => true,
    () => false,
  );
  return isThere || dirname(path) === path ? path : nearestFolder(dirname(path));
}

/** A port in use is expected while a cluster runs, and a problem when one is to be started. */
export async function checkPort({ port, host }: Config, living: readonly NodeStatus[]): Promise<Outcome> {
  if (port === 0) return ok("any free port");
  if ((await tryPort(port, host)) !== null) return ok(`${port} is free`);
  if (living.length > 0) return ok(`${port} is in use; ${living.length} nodes are alive`);
  return warn(
    `${port} is in use by another program`,
    "stop that program, or choose another port with --port",
  );
}
