/** @module A ready file whose bytes something else removed: it is an error from the first reader on. */

import type { Download } from "../download/download.ts";
import { lost } from "../download/transitions.ts";
import type { Clock } from "../ports/clock.ts";
import type { FileStore } from "../ports/file-store.ts";
import type { Repo, Stored } from "../ports/repo.ts";
import type { Log } from "../telemetry/log.ts";
import type { Settings } from "./settings.ts";

export interface MissingContext {
  repo: Repo;
  files: FileStore;
  clock: Clock;
  log: Log;
  settings: Settings;
}

/**
 * Makes an error of the record if parts of its file are not there, or not whole; a file that is whole stays as it is. A
 * store that can't be asked decides nothing: the folder of a volume that is not mounted is empty as well. So only what
 * a reader asked for is checked, one file at a time.
 */
export async function recordMissing(context: MissingContext, { download, version }: Stored): Promise<void> {
  const { repo, files, clock, log, settings } = context;
  if (download.state !== "ready" || (await isWhole(files, download))) return;
  if ((await repo.update(lost(download, clock.now(), settings), version)) === null) return;
  log.error(
    { download: download.id, kind: download.kind },
    "parts of a ready file are missing: removed from outside",
  );
}

async function isWhole(files: FileStore, { id, file }: Download): Promise<boolean> {
  const sizes = new Map<string, number>();
  for await (const { key, size } of files.list(`${id}/`)) sizes.set(key, size);
  return file?.parts.every(({ key, size }) => sizes.get(key) === size) ?? false;
}
