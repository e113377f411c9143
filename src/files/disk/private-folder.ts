/** @module Folders that are the owner's alone, regardless of who created them. */

import { chmod, lstat, mkdir, stat } from "node:fs/promises";
import { CarryoutError } from "../../errors.ts";
import { type Log, silentLog } from "../../telemetry/log.ts";

export interface PrivateFolderOptions {
  /** A link to a folder will do, as where data are on a volume. Default false: somebody else could turn it elsewhere. */
  mayBeLink?: boolean;
  log?: Log | undefined;
}

/** What others may do with files: nothing. */
export const PRIVATE_FILE = 0o600;
export const PRIVATE_FOLDER = 0o700;

/**
 * Makes a folder (and those above it) that only this user can enter, whatever the umask. One that exists already is
 * closed to others, which is logged. It must belong to this user: others could read what is in it, or listen in our
 * name. Root may use the data folder of another user (`mayBeLink`), and is warned. Code `store-unusable` otherwise.
 * On Windows a folder is as private as the one above it.
 */
export async function makePrivateFolder(
  path: string,
  { mayBeLink = false, log = silentLog }: PrivateFolderOptions = {},
): Promise<void> {
  await mkdir(path, { recursive: true, mode: PRIVATE_FOLDER });
  const found = await (mayBeLink ? stat(path) : lstat(path));
  if (!found.isDirectory()) throw unusable(path, "is not a folder");
  const user = process.getuid?.();
  if (user === undefined) return;
  if (found.uid !== user) {
    if (user !== 0 || !mayBeLink) throw belongsToAnother(path, found.uid, user);
    log.warn({ path, owner: found.uid }, "this folder belongs to another user, who can read its contents");
  }
  if (!isOpenToOthers(found.mode)) return;
  await chmod(path, PRIVATE_FOLDER);
  log.warn(
    { path, mode: modeText(found.mode) },
    "this folder was accessible to other users; its access is now restricted",
  );
}

export function isOpenToOthers(mode: number): boolean {
  return (mode & 0o077) !== 0;
}

/** Such as "755". */
export function modeText(mode: number): string {
  return (mode & 0o777).toString(8).padStart(3, "0");
}

function belongsToAnother(path: string, owner: number, user: number): CarryoutError {
  return unusable(
    path,
    `belongs to user ${owner}, but this process runs as user ${user}: others could read its contents. Change its ` +
      `owner (chown ${user} ${path}), or choose a folder inside it, which Carryout creates: ${path}/carryout`,
  );
}

function unusable(path: string, problem: string): CarryoutError {
  return new CarryoutError("store-unusable", `${path} ${problem}`, { details: { path } });
}
