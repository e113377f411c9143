/** @module Folders of parts: walking, clearing, and what interrupted writes leave in them. */

import { randomUUID } from "node:crypto";
import type { Dirent } from "node:fs";
import { open, opendir, rmdir, stat, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { codeOf, isMissing } from "./disk-errors.ts";

/** No key has this character, so a file that begins with it is never mistaken for a part. */
const TEMPORARY = "~";
/** No write takes this long: older temporary files were left by a process that died. */
const LEFTOVER_MS = 3_600_000;

export function temporaryIn(folder: string): string {
  return join(folder, `${TEMPORARY}${randomUUID()}`);
}

/**
 * All files below the folder whose name, or whose topmost folder's name, begins with `start`; none for a missing
 * folder. Removes leftovers of interrupted writes that it comes across.
 */
export async function* filesIn(folder: string, start = ""): AsyncGenerator<string, void, void> {
  for await (const entry of entriesOf(folder)) {
    const path = join(folder, entry.name);
    if (entry.name.startsWith(TEMPORARY)) await removeLeftover(path);
    else if (!entry.name.startsWith(start)) continue;
    else if (entry.isDirectory()) yield* filesIn(path);
    else if (entry.isFile()) yield path;
  }
}

/** Removes the entries of the folder that begin with `start`, and then the folder if it is empty and not `keep`. */
export async function clear(folder: string, start: string, keep: string): Promise<void> {
  const entries: Dirent[] = [];
  // All of them first: some file systems skip entries when others are removed while they are read.
  for await (const entry of entriesOf(folder)) entries.push(entry);
  for (const entry of entries) {
    if (!entry.name.startsWith(start)) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await clear(path, "", keep);
    else await quietly(unlink(path), isMissing);
  }
  if (folder !== keep) await removeIfEmpty(folder);
}

/** Makes the names in the folder durable, and those of the folders above it up to `top`. */
export async function syncFolders(folder: string, top: string): Promise<void> {
  for (let current = folder; ; current = dirname(current)) {
    const handle = await open(current, "r");
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
    if (current === top || current === dirname(current)) return;
  }
}

async function* entriesOf(folder: string): AsyncGenerator<Dirent, void, void> {
  try {
    yield* await opendir(folder);
  } catch (error) {
    // Never created, or removed by another node while it was read.
    if (!isMissing(error)) throw error;
  }
}

async function removeLeftover(path: string): Promise<void> {
  try {
    // The file system's times are the machine's, not those of a virtual clock.
    if (Date.now() - (await stat(path)).mtimeMs < LEFTOVER_MS) return;
    await unlink(path);
    await removeIfEmpty(dirname(path));
  } catch (error) {
    // Its writer has just finished.
    if (!isMissing(error)) throw error;
  }
}

/** Another node may have put something into it meanwhile: then it stays. */
function removeIfEmpty(folder: string): Promise<void> {
  return quietly(
    rmdir(folder),
    (error) => isMissing(error) || ["ENOTEMPTY", "EEXIST", "EBUSY"].includes(codeOf(error) ?? ""),
  );
}

async function quietly(work: Promise<void>, isExpected: (error: unknown) => boolean): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!isExpected(error)) throw error;
  }
}
