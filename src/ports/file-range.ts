/** @module Resolves a range to the bytes of a part. */

import { CarryoutError } from "../errors.ts";
import type { ByteRange } from "./file-store.ts";

/**
 * Where to start and how many bytes to read. A range that reaches beyond the part fails with `missing-part`: returning
 * fewer bytes than requested would pass a damaged part off as a whole one.
 */
export function bytesToRead(
  key: string,
  size: number,
  range: ByteRange | undefined,
): { start: number; length: number } {
  if (range === undefined) return { start: 0, length: size };
  const { start, end } = range;
  if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end) || start < 0 || end < start) {
    throw new TypeError(`a byte range must have whole numbers 0 <= start <= end, not ${start} to ${end}`);
  }
  if (end < size) return { start, length: end - start + 1 };
  throw missingPart(key, `has ${size} bytes, but bytes ${start} to ${end} were requested`);
}

export function missingPart(key: string, problem: string, cause?: unknown): CarryoutError {
  return new CarryoutError("missing-part", `part ${key} ${problem}`, { details: { key }, cause });
}
