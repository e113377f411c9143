/** @module Which bytes of a part a range means. */

import { CarryoutError } from "../errors.ts";
import type { ByteRange } from "./file-store.ts";

/**
 * Where to begin and how many bytes to read. A range that reaches beyond the part fails with `missing-part`: to
 * give fewer bytes than asked for would pass a damaged part on as a whole one.
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
