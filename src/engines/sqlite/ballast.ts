/** @module A file that reserves disk space, to be deleted when there is none left for the records. */

import { randomFillSync } from "node:crypto";
import { statfsSync, unlinkSync } from "node:fs";
import { open, stat, unlink } from "node:fs/promises";
import { dirname } from "node:path";
import { roomOf } from "../../files/disk/disk-room.ts";

const MOST_BYTES = 8 * 1024 * 1024;
/** On a small disk it is at most this share of it. */
const MOST_SHARE = 0.05;
/** Bytes written at a time. */
const BLOCK_BYTES = 256 * 1024;

export interface BallastOptions {
  path: string;
  reserveBytes: number;
}

/**
 * Even a removal needs space in the database's log. On a completely full disk this file is deleted, so that cancelled
 * and expired downloads can be removed again. The processes of a folder share it. A crash while it is written leaves a
 * smaller one, which the next start recreates.
 */
export class Ballast {
  readonly #options: BallastOptions;
  readonly #bytes: number;

  constructor(options: BallastOptions) {
    this.#options = options;
    const { blocks, bsize } = statfsSync(dirname(options.path));
    this.#bytes = Math.min(MOST_BYTES, Math.floor(blocks * bsize * MOST_SHARE));
  }

  /** True if this freed space. */
  giveUp(): boolean {
    try {
      unlinkSync(this.#options.path);
      return true;
    } catch {
      return false; // already deleted
    }
  }

  /** Creates the file if it is missing or incomplete and the disk has space for it beyond the reserve. */
  async restore(): Promise<void> {
    const { path, reserveBytes } = this.#options;
    const size = await stat(path).then(
      (found) => found.size,
      () => 0,
    );
    if (size >= this.#bytes) return;
    const room = roomOf(statfsSync(dirname(path)), reserveBytes);
    if (room.freeBytes < room.reserveBytes + 2 * this.#bytes) return;
    try {
      await write(path, this.#bytes);
    } catch (error) {
      await unlink(path).catch(() => {});
      throw error;
    }
  }
}

/** Random bytes: some file systems compress others to nothing. */
async function write(path: string, bytes: number): Promise<void> {
  const block = randomFillSync(Buffer.allocUnsafe(Math.min(bytes, BLOCK_BYTES)));
  const file = await open(path, "w", 0o600);
  try {
    for (let left = bytes; left > 0; left -= block.length) {
      await file.write(block, 0, Math.min(left, block.length));
    }
  } finally {
    await file.close();
  }
}
