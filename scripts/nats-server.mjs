/** @module Finds the nats-server program, or fetches one. */

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { fetchFromDebian } from "./debian-package.mjs";

const FETCHED = fileURLToPath(new URL("../node_modules/.carryout/nats-server", import.meta.url));
/** Older versions let two writers win one compare-and-set. */
const OLDEST = "2.10.20";
/** A Debian suite whose nats-server is current, and the program's path in its package. */
const DEBIAN = { name: "nats-server", suite: "forky", program: "usr/sbin/nats-server", target: FETCHED };

/**
 * The path of nats-server: `CARRYOUT_NATS_SERVER`, the one on the PATH, or the one the setup fetched; or null.
 * Versions that are too old are ignored. Throws an Error when the variable names an unusable one.
 */
export function findNatsServer() {
  const named = process.env.CARRYOUT_NATS_SERVER;
  if (named) {
    if (isUsable(named)) return named;
    throw new Error(`CARRYOUT_NATS_SERVER is ${named}: that is no nats-server of version ${OLDEST} or newer`);
  }
  const folders = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  const candidates = [
    ...folders.map((folder) => join(folder, "nats-server")),
    "/usr/sbin/nats-server",
    FETCHED,
  ];
  return candidates.find(isUsable) ?? null;
}

/** Finds it, or fetches it from Debian. Returns null, or a message that says what to do. */
export function provideNatsServer() {
  try {
    if (findNatsServer() !== null) return null;
  } catch (error) {
    return error.message;
  }
  console.error(`Fetching nats-server from Debian ${DEBIAN.suite} into node_modules`);
  const advice =
    `nats-server ${OLDEST} or newer is missing. Install it, or name it: ` +
    "export CARRYOUT_NATS_SERVER=/path/to/nats-server. It could not be fetched from Debian: ";
  try {
    fetchFromDebian(DEBIAN);
    return isUsable(FETCHED) ? null : `${advice}it does not run here`;
  } catch (error) {
    return `${advice}${error.message}`;
  }
}

function isUsable(path) {
  if (!existsSync(path)) return false;
  const { stdout } = spawnSync(path, ["--version"], { encoding: "utf8", timeout: 10_000 });
  const version = /v(\d+)\.(\d+)\.(\d+)/
    .exec(stdout ?? "")
    ?.slice(1)
    .map(Number);
  return version !== undefined && !isBefore(version, OLDEST.split(".").map(Number));
}

function isBefore(version, other) {
  const index = version.findIndex((part, at) => part !== other[at]);
  return index >= 0 && version[index] < other[index];
}
