/** @module How large a row group of Parquet becomes. */

/** Groups grow with the file, so that what is kept of them stays small; but one is held in memory. */
const LARGEST = 128 * 1024 * 1024;
const SHARE_OF_FILE = 32;
/** A column of a group is worth a share of the least size, or wide tables would have more columns than data. */
const COLUMNS_OF_LEAST = 32;

/** In bytes of the file, for a group that begins at `offset`. Its batch is completed first, so it may become larger. */
export function groupSize(offset: number, columns: number, leastBytes: number): number {
  const least = leastBytes * Math.max(1, columns / COLUMNS_OF_LEAST);
  return Math.max(least, Math.min(LARGEST, offset / SHARE_OF_FILE));
}
