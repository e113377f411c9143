/** @module The note in a folder that says whose files are there. */

import { link, readFile, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { NOTE, type NotePlace } from "../../ports/cluster-note.ts";
import { codeOf, isMissing, quietly } from "./disk-errors.ts";
import { temporaryIn } from "./disk-folders.ts";
import { PRIVATE_FILE } from "./private-folder.ts";

/** No key of a part, in any layout, is this name. */
export function noteIn(root: string): NotePlace {
  const path = join(root, NOTE);
  return {
    shown: `disk:${root}`,
    kind: "folder",
    note: path,
    read: () => textOf(path),
    writeNew: (text) => writeNew(path, temporaryIn(root), text),
  };
}

async function textOf(path: string): Promise<string | null> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** Whole or not at all, and only if there is no file of this name. */
async function writeNew(path: string, temporary: string, text: string): Promise<void> {
  await writeFile(temporary, text, { flag: "wx", mode: PRIVATE_FILE });
  try {
    await quietly(link(temporary, path), (error) => codeOf(error) === "EEXIST");
  } finally {
    await unlink(temporary);
  }
}
