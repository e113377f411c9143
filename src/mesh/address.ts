/** @module Where the processes of one machine listen for each other, and that nobody else can. */

import { createHash } from "node:crypto";
import { chmod, lstat, mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { CarryoutError } from "../errors.ts";

/** Systems allow 104 to 108 bytes in the path of a socket, one of them for the end. */
const LONGEST_PATH = 100;

/**
 * The address of an incarnation: a socket in `DIR/nodes`, or, where that path would be too long, in a folder of the
 * system's temporary one that is named by a hash of DIR. On Windows a named pipe.
 */
export function socketAddress(
  dir: string,
  incarnation: string,
  platform: NodeJS.Platform = process.platform,
): string {
  const file = `${incarnation}.sock`;
  if (platform === "win32") return `\\\\.\\pipe\\carryout-${hashOf(dir)}-${incarnation}`;
  const path = join(resolve(dir), "nodes", file);
  if (Buffer.byteLength(path) <= LONGEST_PATH) return path;
  return join(tmpdir(), `carryout-${hashOf(dir)}`, file);
}

/** Whether an address is a file that can be left behind by a process that was killed. */
export function isSocketFile(address: string): boolean {
  return !address.startsWith("\\\\.\\pipe\\");
}

/**
 * Makes a folder (and those above it) that only this user can enter. One that exists already must belong to this
 * user and is closed to others; code `store-unusable` otherwise, as somebody else could listen in our name.
 */
export async function makePrivateFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  const found = await lstat(path);
  if (!found.isDirectory() || (process.getuid && found.uid !== process.getuid())) {
    throw new CarryoutError("store-unusable", `${path} must be a folder of the user who runs this process`);
  }
  if (process.platform !== "win32" && (found.mode & 0o077) !== 0) await chmod(path, 0o700);
}

function hashOf(dir: string): string {
  return createHash("sha256").update(resolve(dir)).digest("hex").slice(0, 16);
}
