/** @module A ready file whose bytes were removed from outside becomes an error at the next read. */

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
 * Turns the record into an error if parts of its file are missing or incomplete; a complete file stays as it is. If the
 * store can't be read, nothing is decided: an unmounted volume looks like an empty folder. So only files that a reader
 * requested are checked, one at a time.
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
