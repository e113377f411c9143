/** @module The `Range` header (RFC 9110, section 14): one range of bytes, or the whole. */

import type { ByteRange } from "../ports/file-store.ts";

const SET = /^bytes=(.*)$/is;
const SPEC = /^(\d*)-(\d*)$/;

/**
 * The bytes that a `Range` header requests from a file of `size` bytes; "unsatisfiable" if they lie outside it.
 * "whole" if the header is to be ignored: absent, another unit, malformed, last before first, or several ranges (RFC
 * 9110 lets a server answer those with the whole file, and no download client requests them).
 */
export function parseRange(
  header: string | null | undefined,
  size: number,
): ByteRange | "whole" | "unsatisfiable" {
  const set = SET.exec(header ?? "")?.[1];
  if (set === undefined) return "whole";
  const specs = set
    .split(",")
    .map((spec) => spec.trim())
    .filter((spec) => spec !== "");
  if (specs.length !== 1) return "whole";
  const [, first = "", last = ""] = SPEC.exec(specs[0] as string) ?? [];
  if (first !== "") return fromFirst(first, last, size);
  return last === "" ? "whole" : suffix(last, size);
}

/** As big integers: a position may have any number of digits. */
function fromFirst(first: string, last: string, size: number): ByteRange | "whole" | "unsatisfiable" {
  const start = BigInt(first);
  const end = last === "" ? null : BigInt(last);
  if (end !== null && end < start) return "whole";
  if (start >= BigInt(size)) return "unsatisfiable";
  return { start: Number(start), end: end === null || end >= BigInt(size) ? size - 1 : Number(end) };
}

function suffix(length: string, size: number): ByteRange | "whole" | "unsatisfiable" {
  const wanted = BigInt(length);
  if (wanted === 0n) return "unsatisfiable";
  // The last bytes of an empty file are the whole file, which no Content-Range can express.
  if (size === 0) return "whole";
  return { start: wanted >= BigInt(size) ? 0 : size - Number(wanted), end: size - 1 };
}
