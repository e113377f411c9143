/** @module Whether the database file is still where it was opened: not moved, removed, or replaced by another. */

import { statSync } from "node:fs";
import type { Clock } from "../../ports/clock.ts";

/**
 * How long a look is trusted, milliseconds: what is written in between to a file that was moved is lost, as is what
 * was written just before it was moved. Looking at each call would cost a fifth of what a node accepts per second.
 */
const TRUSTED_MS = 20;

/**
 * SQLite goes on with a file that was moved or removed, and loses what it writes. A path that has the same file again
 * is right again. Made while the database is being opened.
 */
export class DatabasePlace {
  readonly #path: string;
  readonly #clock: Pick<Clock, "monotonic">;
  readonly #opened: string | null;
  #seenAt = Number.NEGATIVE_INFINITY;

  constructor(path: string, clock: Pick<Clock, "monotonic">) {
    this.#path = path;
    this.#clock = clock;
    this.#opened = fileAt(path);
  }

  /** What is wrong, for people, or null. Costs one `stat`, some 3 µs. */
  trouble(): string | null {
    const found = fileAt(this.#path);
    this.#seenAt = found === this.#opened ? this.#clock.monotonic() : Number.NEGATIVE_INFINITY;
    if (found === this.#opened) return null;
    if (found === null)
      return `${this.#path} is missing: it was moved or removed while this node had it open`;
    return `${this.#path} is not the file this node has open; restart the node to use it`;
  }

  /** The same, for each of many calls: what was right a moment ago is right. */
  recentTrouble(): string | null {
    return this.#clock.monotonic() - this.#seenAt < TRUSTED_MS ? null : this.trouble();
  }
}

/** Device and inode, or null when there is nothing. */
function fileAt(path: string): string | null {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  return found === undefined ? null : `${found.dev}:${found.ino}`;
}
