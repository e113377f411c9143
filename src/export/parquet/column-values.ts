/** @module The values of one column that are waiting to become a page, in Parquet's plain encoding. */

import type { Cell } from "../cell.ts";
import { Packer } from "./packed-bytes.ts";

/**
 * Bounds of all values of the group, in plain encoding; those of texts may be shortened, the minimum down and the
 * maximum up.
 */
export interface Bounds {
  readonly min: Uint8Array;
  readonly max: Uint8Array;
}

/** Buffers are reused for the next page, unless a large value made them larger than this. */
const KEPT_BYTES = 256 * 1024;

export abstract class ColumnValues {
  protected bytes = Buffer.alloc(0);
  protected view = new DataView(this.bytes.buffer);
  protected size = 0;
  /** One bit for each row: whether it has a value. */
  #present = new Uint8Array(128);
  #rows = 0;
  #nulls = 0;

  add(cell: Cell): void {
    const row = this.#rows++;
    if (row % 8 === 0) this.#setByte(row / 8);
    if (cell === null) this.#nulls += 1;
    else {
      this.#present[row >> 3]! |= 1 << (row & 7);
      this.put(cell);
    }
  }

  get rows(): number {
    return this.#rows;
  }

  get nulls(): number {
    return this.#nulls;
  }

  /** The content of a page of version 1: which rows have a value, and the values. Valid until `clear()`. */
  page(): readonly Uint8Array[] {
    const levels = new Packer();
    if (this.#nulls === 0) {
      // A run of ones.
      levels.count(2 * this.#rows);
      levels.byte(1);
    } else {
      const size = Math.ceil(this.#rows / 8);
      levels.count(2 * size + 1);
      for (let at = 0; at < size; at++) levels.byte(this.#present[at]!);
    }
    const length = Buffer.alloc(4);
    length.writeUInt32LE(levels.packed().length);
    return [length, levels.packed(), this.bytes.subarray(0, this.size)];
  }

  /** Starts the next page. */
  clear(): void {
    if (this.bytes.length > KEPT_BYTES) this.#resize(0);
    this.size = 0;
    this.#rows = 0;
    this.#nulls = 0;
  }

  /** The bounds of all values since the last call; undefined if there were none, or if a bound would be too long. */
  abstract takeBounds(): Bounds | undefined;

  protected abstract put(cell: NonNullable<Cell>): void;

  protected reserve(size: number): void {
    const needed = this.size + size;
    if (needed > this.bytes.length) this.#resize(Math.max(needed, 2 * this.bytes.length, 1024));
  }

  #resize(size: number): void {
    const resized = Buffer.alloc(size);
    if (size > 0) resized.set(this.bytes.subarray(0, this.size));
    this.bytes = resized;
    this.view = new DataView(resized.buffer, resized.byteOffset, resized.length);
  }

  #setByte(at: number): void {
    if (at === this.#present.length) {
      const larger = new Uint8Array(2 * at);
      larger.set(this.#present);
      this.#present = larger;
    }
    this.#present[at] = 0;
  }
}
