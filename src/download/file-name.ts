/** @module A file's name as stored, listed, linked and saved: safe, and the same everywhere. */

/** The longest name file systems accept, in UTF-8. */
const LONGEST_BYTES = 255;
const LONGEST_EXTENSION = 16;

/** Invisible direction marks, and byte order marks. */
const INVISIBLE = /[\u061c\u200e\u200f\ufeff]/g;
/** Control characters, line and path separators, and characters that reverse text: "gpj.exe" looks like "exe.jpg". */
const MISLEADING = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069/\\]/gu;

/**
 * The name with characters that mislead browsers, file systems or people replaced by "_"; a long name is cut at the end
 * of its stem and keeps its extension. Empty when nothing is left. A safe name is unchanged.
 */
export function safeFileName(name: string): string {
  // Cut first, so that a gigabyte of input is not processed.
  const given =
    name.length > 4 * LONGEST_BYTES ? `${name.slice(0, 2 * LONGEST_BYTES)}${extensionOf(name)}` : name;
  const clean = given.toWellFormed().replace(INVISIBLE, "").replace(MISLEADING, "_").trim();
  return cut(/^\.+$/.test(clean) ? "_" : clean);
}

function cut(name: string): string {
  if (bytesOf(name) <= LONGEST_BYTES) return name;
  const extension = extensionOf(name);
  let left = LONGEST_BYTES - bytesOf(extension);
  let stem = "";
  for (const character of name) {
    left -= bytesOf(character);
    if (left < 0) break;
    stem += character;
  }
  return stem.trim() + extension;
}

function extensionOf(name: string): string {
  const tail = name.slice(-LONGEST_EXTENSION - 1);
  return /\.[^.\s/\\]+$/.exec(tail)?.[0] ?? "";
}

function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length;
}
