/** @module Determines the size of Parquet's row groups. */

/** Groups grow with the file, so that their metadata stays small; but one is held in memory. */
const LARGEST = 128 * 1024 * 1024;
const SHARE_OF_FILE = 32;
/** A column of a group must have a minimum size, or wide tables would have more metadata than data. */
const COLUMNS_OF_LEAST = 32;

/**
 * In bytes of the file, for a group that begins at `offset`. The current batch is completed first, so it may be
 * exceeded.
 */
export function groupSize(offset: number, columns: number, leastBytes: number): number {
  const least = leastBytes * Math.max(1, columns / COLUMNS_OF_LEAST);
  return Math.max(least, Math.min(LARGEST, offset / SHARE_OF_FILE));
}
