/** @module A ready file whose bytes were removed from outside becomes an error at the next read. */

import type { Download } from "../download/download.ts";
import { downloadKey } from "../download/key.ts";
import { lost } from "../download/transitions.ts";
import type { Clock } from "../ports/clock.ts";
import type { FileStore } from "../ports/file-store.ts";
import type { Repo } from "../ports/repo.ts";
import type { Log } from "../telemetry/log.ts";
import type { Archiver } from "./archiver.ts";
import type { Found } from "./download-reads.ts";
import type { Settings } from "./settings.ts";

export interface MissingContext {
  repo: Repo;
  files: FileStore;
  clock: Clock;
  log: Log;
  settings: Settings;
  archiver: Pick<Archiver, "archive">;
}

/**
 * Turns the record into an error if parts of its file are missing or incomplete; a complete file stays as it is. If the
 * store can't be read, nothing is decided: an unmounted volume looks like an empty folder. So only files that a reader
 * requested are checked, one at a time.
 */
export async function recordMissing(context: MissingContext, found: Found): Promise<void> {
  const { repo, files, clock, log, settings } = context;
  if (found.download.state !== "ready" || (await isWhole(files, found.download))) return;
  if (found.stage !== "archived") await context.archiver.archive(found);
  const { user, id, kind } = found.download;
  const key = downloadKey(user, id);
  const stored = await repo.history.fetch(key);
  if (stored?.download.state !== "ready") return;
  const after = lost(stored.download, clock.now(), settings);
  if ((await repo.history.update(after, stored.version)) === null) return;
  await repo.work.remove(key); // notifies the watchers
  log.error({ download: id, kind }, "parts of a ready file are missing: removed from outside");
}

async function isWhole(files: FileStore, { id, file }: Download): Promise<boolean> {
  const sizes = new Map<string, number>();
  for await (const { key, size } of files.list(`${id}/`)) sizes.set(key, size);
  return file?.parts.every(({ key, size }) => sizes.get(key) === size) ?? false;
}
