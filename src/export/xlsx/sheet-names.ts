/** @module The names of sheets. */

/** In UTF-16 units. */
const LONGEST = 31;

/**
 * The name of a sheet: without the characters that are invalid in one, without an apostrophe at its ends, cut to 31
 * units. `number` is added from the second sheet on. Never "Notes", which is the name of another sheet, nor "History",
 * which is reserved by Excel.
 */
export function sheetName(title: string, number: number): string {
  const suffix = number === 1 ? "" : ` ${number}`;
  const clean = title
    .replace(/[[\]:*?/\\]|\p{Cc}|[\ufffe\uffff]/gu, " ")
    .replace(/\s+/g, " ")
    .replace(/^[\s']+/, "");
  const cut = clean.slice(0, LONGEST - suffix.length).replace(/[\ud800-\udbff]$/, "");
  const name = cut.replace(/[\s']+$/, "") || "Table";
  return /^(notes|history)$/i.test(name) && number === 1 ? `${name} 1` : `${name}${suffix}`;
}

export const NOTES = "Notes";
