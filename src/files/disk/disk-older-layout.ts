/**
 * @module Parts of layout 1, in which `id/1/00000000` was a path below the root. They are read and removed where they are:
 * moving 100,000 of them would delay a start by minutes.
 */

import type { Dirent } from "node:fs";
import { readdir, rmdir, unlink } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import { isMissing, isNotEmpty, quietly } from "./disk-errors.ts";
import { isTemporary, type PartFile, removeLeftover, unlessMissing } from "./disk-folders.ts";

export class OlderLayout {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  pathOf(key: string): string {
    return join(this.#root, ...key.split("/"));
  }

  /** All parts with this prefix. Folders without parts are removed on the way. */
  async *files(prefix: string): AsyncGenerator<PartFile, void, void> {
    const segments = prefix.split("/");
    const start = segments.pop() ?? "";
    yield* this.#filesIn(join(this.#root, ...segments), start);
  }

  /** Removes a part, and the folders that this leaves empty. */
  async remove(path: string): Promise<void> {
    await quietly(unlink(path), isMissing);
    for (let folder = dirname(path); folder !== this.#root; folder = dirname(folder)) {
      await removeIfEmpty(folder);
    }
  }

  async *#filesIn(folder: string, start: string): AsyncGenerator<PartFile, void, void> {
    let hasParts = false;
    for (const entry of await unlessMissing(readdir(folder, { withFileTypes: true }))) {
      const path = join(folder, entry.name);
      if (isTemporary(entry.name)) await removeLeftover(path);
      if (!isOlder(entry) || !entry.name.startsWith(start)) continue;
      if (entry.isDirectory()) yield* this.#filesIn(path, "");
      if (!entry.isFile()) continue;
      hasParts = true;
      yield { path, key: relative(this.#root, path).split(sep).join("/") };
    }
    if (!hasParts && folder !== this.#root) await removeIfEmpty(folder);
  }
}

/** True for a name that a path of layout 1 can have: other things below the root are not ours. */
export function isOlder({ name }: Dirent): boolean {
  return /^[A-Za-z0-9._-]+$/.test(name);
}

/** Another node may be reading it, or have removed it. */
function removeIfEmpty(folder: string): Promise<void> {
  return quietly(rmdir(folder), (error) => isMissing(error) || isNotEmpty(error));
}
