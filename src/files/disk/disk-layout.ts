/**
 * @module Where parts are below the root: `@2/3a2/id,1,x-00000000` holds the part `id/1/x-00000000`. All parts of a download
 * are in one of 1,024 folders, chosen by the SHA-256 of the key's first segment. The folders are made when first needed and
 * stay, so that storing a part creates no folder and removing one deletes none.
 */

import { hash } from "node:crypto";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { CarryoutError } from "../../errors.ts";
import { isTemporary, type PartFile, removeLeftover, unlessMissing } from "./disk-folders.ts";
import { isOlder, OlderLayout } from "./disk-older-layout.ts";

const LAYOUT = 2;
/** Not a character of keys, which were the names in the root in layout 1. */
const MARK = "@";
/**
 * Few enough that they soon exist and are small beside the parts (4 MB), many enough that one can be read for each
 * removal: it has about a hundred parts when there are 100,000.
 */
const FOLDERS = 1_024;
const FOLDER_DIGITS = 3;
/** Not a character of keys either: the names of two keys never clash, and are as long as the keys. */
const SEPARATOR = ",";

export function pathOfKey(root: string, key: string): string {
  return join(folderOf(root, key), nameOf(key));
}

/** The files of all parts with this prefix: in one folder if its first segment is whole, else in all. */
export async function* filesOf(root: string, prefix: string): AsyncGenerator<PartFile, void, void> {
  const start = nameOf(prefix);
  for (const folder of await foldersOf(root, prefix)) {
    // All names at once: some file systems skip some when others are removed while they are read.
    for (const name of await unlessMissing(readdir(folder))) {
      const path = join(folder, name);
      if (isTemporary(name)) await removeLeftover(path);
      else if (name.startsWith(start)) yield { path, key: name.replaceAll(SEPARATOR, "/") };
    }
  }
}

/**
 * The parts of layout 1 in this root, or null if it has none. Throws `store-unusable` for a root of a newer layout, whose
 * folder has a higher number.
 */
export async function olderLayoutOf(root: string): Promise<OlderLayout | null> {
  const entries = await readdir(root, { withFileTypes: true });
  for (const { name } of entries) {
    const layout = Number(name.startsWith(MARK) ? name.slice(MARK.length) : 0);
    if (!(layout > LAYOUT)) continue;
    throw new CarryoutError(
      "store-unusable",
      `the files in ${root} have layout ${layout}, from a newer Carryout; this version supports up to ${LAYOUT}`,
      { details: { path: root, layout } },
    );
  }
  return entries.some(isOlder) ? new OlderLayout(root) : null;
}

async function foldersOf(root: string, prefix: string): Promise<string[]> {
  if (prefix.includes("/")) return [folderOf(root, prefix)];
  const top = topFolder(root);
  return (await unlessMissing(readdir(top))).map((name) => join(top, name));
}

/** The file name of a key, or how those of a prefix begin. */
function nameOf(key: string): string {
  return key.replaceAll("/", SEPARATOR);
}

function topFolder(root: string): string {
  return join(root, `${MARK}${LAYOUT}`);
}

function folderOf(root: string, key: string): string {
  const [first = ""] = key.split("/", 1);
  const number = Number.parseInt(hash("sha256", first).slice(0, 8), 16) % FOLDERS;
  return join(topFolder(root), number.toString(16).padStart(FOLDER_DIGITS, "0"));
}
