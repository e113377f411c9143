/** @module Whether the database file is still where it was opened: not moved, removed, or replaced by another. */

import { statSync } from "node:fs";

/**
 * SQLite goes on with a file that was moved or removed, and loses what it writes. A path that has the same file again
 * is right again. Made while the database is being opened.
 */
export class DatabasePlace {
  readonly #path: string;
  readonly #opened: string | null;

  constructor(path: string) {
    this.#path = path;
    this.#opened = fileAt(path);
  }

  /** What is wrong, for people, or null. Costs one `stat`, some 3 µs. */
  trouble(): string | null {
    const found = fileAt(this.#path);
    if (found === this.#opened) return null;
    if (found === null)
      return `${this.#path} is missing: it was moved or removed while this node had it open`;
    return `${this.#path} is not the file this node has open; restart the node to use it`;
  }
}

/** Device and inode, or null when there is nothing. */
function fileAt(path: string): string | null {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  return found === undefined ? null : `${found.dev}:${found.ino}`;
}
