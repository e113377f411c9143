/** @module Determines the size of Parquet's row groups. */

/** Groups grow with the file, so that their metadata stays small; but one is held in memory. */
const LARGEST = 128 * 1024 * 1024;
const SHARE_OF_FILE = 32;
/** Tables with few columns have smaller groups: at 1 GB, 16 MiB in memory instead of 32. */
const FEW_COLUMNS = 16;
const SHARE_OF_NARROW_FILE = 64;
/** A column of a group must have a minimum size, or wide tables would have more metadata than data. */
const COLUMNS_OF_LEAST = 32;

/**
 * In bytes of the file, for a group that begins at `offset`. The current batch is completed first, so it may be
 * exceeded.
 */
export function groupSize(offset: number, columns: number, leastBytes: number): number {
  const least = leastBytes * Math.max(1, columns / COLUMNS_OF_LEAST);
  const share = columns <= FEW_COLUMNS ? SHARE_OF_NARROW_FILE : SHARE_OF_FILE;
  return Math.max(least, Math.min(LARGEST, offset / share));
}
