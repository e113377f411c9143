/** @module Removing a record, also where the disk has no room to say so. */

import type { Download } from "../download/download.ts";
import { keyOf } from "../download/key.ts";
import { isFull } from "../errors.ts";
import type { FileStore } from "../ports/file-store.ts";
import type { Repo, Stored } from "../ports/repo.ts";

/**
 * Removes the record if it still has this version; false when it was superseded or is gone. On a full disk its bytes go
 * first, as they may be all that makes room: if the record can't be removed even then, it names a file that is not
 * there. Its bytes are otherwise left to the caller, so that a crash between the two leaves what is swept.
 */
export async function removeRecord(
  { repo, files }: { repo: Repo; files: FileStore },
  { key, version, download }: Pick<Stored, "key" | "version" | "download">,
): Promise<boolean> {
  try {
    return await repo.remove(key, version);
  } catch (error) {
    if (!isFull(error)) throw error;
    await files.remove(`${download.id}/`);
    return await repo.remove(key, version);
  }
}

/** True for a copy of a record that still has its slot: the request for which it was made has not taken it, or will not. */
export async function isInSlot(repo: Repo, { id, user, slot, isReplaced }: Download): Promise<boolean> {
  if (!isReplaced) return false;
  const stored = await repo.fetch(keyOf({ user, slot }));
  return stored?.download.id === id;
}
