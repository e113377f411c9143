/** @module Folders of files: walks and syncs them, and removes what interrupted writes left in them. */

import { randomUUID } from "node:crypto";
import { open, readdir, stat, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isMissing } from "./disk-errors.ts";

/** No key has this character, so a file that begins with it is never mistaken for a part. */
const TEMPORARY = "~";
/** No write takes this long: older temporary files were left by a process that died. */
const LEFTOVER_MS = 3_600_000;

export interface PartFile {
  key: string;
  path: string;
}

export function temporaryIn(folder: string): string {
  return join(folder, `${TEMPORARY}${randomUUID()}`);
}

export function isTemporary(name: string): boolean {
  return name.startsWith(TEMPORARY);
}

/** All files in the folder and the folders below; none for a missing folder. They may be removed meanwhile. */
export async function* filesIn(folder: string): AsyncGenerator<string, void, void> {
  for (const entry of await unlessMissing(readdir(folder, { withFileTypes: true }))) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesIn(path);
    else if (entry.isFile() && !isTemporary(entry.name)) yield path;
  }
}

/** Removes leftovers of a write that was interrupted long ago. */
export async function removeLeftover(path: string): Promise<void> {
  try {
    // The file system's times are the machine's, not those of a virtual clock.
    if (Date.now() - (await stat(path)).mtimeMs >= LEFTOVER_MS) await unlink(path);
  } catch (error) {
    // Its writer has just finished.
    if (!isMissing(error)) throw error;
  }
}

/** The entries of a folder; none if it is missing: not created yet, or removed while one above it was read. */
export async function unlessMissing<Entry>(reading: Promise<Entry[]>): Promise<Entry[]> {
  try {
    return await reading;
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
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
