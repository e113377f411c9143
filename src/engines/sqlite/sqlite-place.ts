/** @module Checks that the database file is still where it was opened: not moved, removed or replaced. */

import { statSync } from "node:fs";
import type { Clock } from "../../ports/clock.ts";

/**
 * How long a check is trusted, in milliseconds: writes to a moved file in between are lost, as are writes just before
 * it was moved. Checking at each call would cost a fifth of the requests that a node accepts per second.
 */
const TRUSTED_MS = 20;

/**
 * SQLite keeps using a file that was moved or removed, and loses its writes. If the file is moved back, the check
 * passes again. Created while the database is being opened.
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

  /** A description of the problem, or null. Costs one `stat`, about 3 µs. */
  trouble(): string | null {
    const found = fileAt(this.#path);
    this.#seenAt = found === this.#opened ? this.#clock.monotonic() : Number.NEGATIVE_INFINITY;
    if (found === this.#opened) return null;
    if (found === null)
      return `${this.#path} is missing: it was moved or removed while this node had it open`;
    return `${this.#path} is not the file this node has open; restart the node to use it`;
  }

  /** The same for frequent calls: trusts a recent check. */
  recentTrouble(): string | null {
    return this.#clock.monotonic() - this.#seenAt < TRUSTED_MS ? null : this.trouble();
  }
}

/** Device and inode, or null if there is no file. */
function fileAt(path: string): string | null {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  return found === undefined ? null : `${found.dev}:${found.ino}`;
}
