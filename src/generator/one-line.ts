/** @module Text of a generator that people are shown: on one line, bounded, and it does what it looks like. */

/** Control characters, line separators, and what makes text run backwards or hides in it. */
export const MISLEADING = /[\p{Cc}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu;

/** Runs of control characters and white space become one space; what is cut off is shown as "…". */
export function oneLine(text: string, longest: number): string {
  // Cut first: a gigabyte of input must not be processed.
  const given = text.slice(0, 2 * longest);
  const clean = given.toWellFormed().replace(MISLEADING, " ").replace(/\s+/g, " ").trim();
  if (clean.length <= longest && given.length === text.length) return clean;
  return `${clean.slice(0, longest - 1).trimEnd()}…`.toWellFormed();
}
