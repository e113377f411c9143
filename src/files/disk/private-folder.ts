/** @module Folders accessible only to their owner, regardless of who created them. */

import { chmod, lstat, mkdir, stat } from "node:fs/promises";
import { CarryoutError } from "../../errors.ts";
import { type Log, silentLog } from "../../telemetry/log.ts";

export interface PrivateFolderOptions {
  /** Accepts a link to a folder, as for data on a volume. Default false: another user could redirect the link. */
  mayBeLink?: boolean;
  log?: Log | undefined;
}

/** What others may do with files: nothing. */
export const PRIVATE_FILE = 0o600;
export const PRIVATE_FOLDER = 0o700;

/**
 * Creates a folder (and those above it) that only this user can enter, whatever the umask. An existing one is made
 * inaccessible to others, which is logged. It must belong to this user: its owner could read its content, or listen
 * in its place. Root may use another user's data folder (`mayBeLink`), with a warning. Otherwise `store-unusable`.
 * On Windows a folder is as private as the one above it.
 */
export async function makePrivateFolder(
  path: string,
  { mayBeLink = false, log = silentLog }: PrivateFolderOptions = {},
): Promise<void> {
  await mkdir(path, { recursive: true, mode: PRIVATE_FOLDER });
  const found = await (mayBeLink ? stat(path) : lstat(path));
  if (!found.isDirectory()) throw unusable(path, "is not a folder");
  const user = process.geteuid?.();
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
