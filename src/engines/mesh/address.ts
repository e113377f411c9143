/** @module Where the processes of one machine listen for each other, closed to other users. */

import { createHash } from "node:crypto";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

/** Systems allow 104 to 108 bytes in the path of a socket, one of them for the end; a file's name takes up to 20. */
const LONGEST_FOLDER = 80;

/**
 * The address of an incarnation: a socket in `DIR/nodes`, or, if such paths would be too long, in a subfolder of the
 * system's temporary folder, named by a hash of DIR. On Windows a named pipe.
 */
export function socketAddress(
  dir: string,
  incarnation: string,
  platform: NodeJS.Platform = process.platform,
): string {
  const file = `${incarnation}.sock`;
  if (platform === "win32") return `\\\\.\\pipe\\carryout-${hashOf(dir)}-${incarnation}`;
  const folder = join(resolve(dir), "nodes");
  // By the folder alone: the sockets of all incarnations are in one.
  if (Buffer.byteLength(folder) <= LONGEST_FOLDER) return join(folder, file);
  return join(tmpdir(), `carryout-${hashOf(dir)}`, file);
}

/** Whether an address is a file that can be left behind by a process that was killed. */
export function isSocketFile(address: string): boolean {
  return !address.startsWith("\\\\.\\pipe\\");
}

function hashOf(dir: string): string {
  return createHash("sha256").update(resolve(dir)).digest("hex").slice(0, 16);
}
