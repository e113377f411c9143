/** @module Sanitises a generator's text for display: one line, bounded, without misleading characters. */

/** Control characters, line separators, and characters that reverse text or are invisible. */
export const MISLEADING = /[\p{Cc}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu;

/** Runs of control characters and white space become one space; truncation is shown as "…". */
export function oneLine(text: string, longest: number): string {
  // Cut first, so that a gigabyte of input is not processed.
  const given = text.slice(0, 2 * longest);
  const clean = given.toWellFormed().replace(MISLEADING, " ").replace(/\s+/g, " ").trim();
  if (clean.length <= longest && given.length === text.length) return clean;
  return `${clean.slice(0, longest - 1).trimEnd()}…`.toWellFormed();
}
