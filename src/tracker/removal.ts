/** @module Removes a download from its slot or the history, with everything stored for it. */

import { isFinished } from "../download/download.ts";
import { downloadKey, isDownloadId } from "../download/key.ts";
import { CarryoutError, isFull } from "../errors.ts";
import type { FileStore } from "../ports/file-store.ts";
import type { Repo, Stored } from "../ports/repo.ts";
import type { Log } from "../telemetry/log.ts";
import type { DownloadReads } from "./download-reads.ts";

export interface RemovalContext {
  repo: Repo;
  files: FileStore;
  log: Log;
  reads: Pick<DownloadReads, "inSlot">;
  /** Called when an unfinished download has been removed from its slot, before its other data is removed. */
  onCancelled(stored: Stored): void;
}

/** Another node may write between this node's read and write; each round one of them succeeds. */
const MOST_ROUNDS = 100;

/**
 * True if it existed (with `onlyUnfinished`: if it was unfinished); afterwards its record and file are gone. Its work is
 * removed last: this notifies the watchers of its user. A crash before that leaves bytes or work of a download without a
 * record, which are swept, and watchers who still see it: a repeated removal notifies them.
 */
export async function removeDownload(
  context: RemovalContext,
  user: string,
  id: string,
  { onlyUnfinished = false } = {},
): Promise<boolean> {
  const { repo, reads } = context;
  const key = downloadKey(user, id);
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const inSlot = await reads.inSlot(user, id);
    if (inSlot !== null && !isFinished(inSlot.download)) {
      if (!(await withRoom(context, id, () => repo.slots.remove(inSlot.key, inSlot.version)))) continue;
      context.onCancelled(inSlot);
      await removeBytes(context, id);
      await repo.work.remove(key);
      return true;
    }
    if (onlyUnfinished) return false;
    if (inSlot === null && (await repo.history.fetch(key)) === null) {
      if (isDownloadId(id)) await repo.work.remove(key);
      return false;
    }
    // First, so that a node that is archiving it can't bring it back.
    await withRoom(context, id, () => repo.history.remove(key));
    if (inSlot !== null) await repo.slots.remove(inSlot.key, inSlot.version);
    await removeBytes(context, id);
    await repo.work.remove(key);
    return true;
  }
  throw new CarryoutError("unavailable", "too much contention on this download; retry", { retriable: true });
}

/**
 * On a full disk the bytes go first, since only that may free enough space: if the record can't be removed even then,
 * it names a file that no longer exists.
 */
export async function withRoom<Answer>(
  { files }: { files: FileStore },
  id: string,
  remove: () => Promise<Answer>,
): Promise<Answer> {
  try {
    return await remove();
  } catch (error) {
    if (!isFull(error)) throw error;
    await files.remove(`${id}/`);
    return await remove();
  }
}

async function removeBytes({ files, log }: RemovalContext, id: string): Promise<void> {
  await files.remove(`${id}/`).catch((error) => {
    log.warn({ download: id, error }, "the bytes of a removed download remain until they are swept");
  });
}
