/** @module Removes a record, even on a full disk. */

import type { Download } from "../download/download.ts";
import { keyOf } from "../download/key.ts";
import { isFull } from "../errors.ts";
import type { FileStore } from "../ports/file-store.ts";
import type { Repo, Stored } from "../ports/repo.ts";

/**
 * Removes the record if it still has this version; false when it was superseded or is gone. On a full disk its bytes
 * are removed first, as nothing else may make space; if the record still can't be removed, it names a missing file.
 * Otherwise its bytes are left to the caller, so that a crash between the two leaves only parts that the sweeper
 * removes.
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

/**
 * True for a copy whose original still has its slot: the request that made the copy has not replaced it yet, or never
 * will.
 */
export async function isInSlot(repo: Repo, { id, user, slot, isReplaced }: Download): Promise<boolean> {
  if (!isReplaced) return false;
  const stored = await repo.fetch(keyOf({ user, slot }));
  return stored?.download.id === id;
}
