/** @module Valid keys of parts: the same for every store, and safe as paths within a folder. */

import { CarryoutError } from "../errors.ts";

const LONGEST = 255;
const CHARACTERS = /^[A-Za-z0-9._/-]*$/;
const DOTS = /^\.*$/;

/** True for a key: see `FileStore`. */
export function isKey(key: string): boolean {
  return isPrefix(key) && key.length > 0 && !DOTS.test(lastSegment(key));
}

/** Throws `invalid-request` for anything that is not a key. */
export function checkKey(key: string): void {
  if (!isKey(key)) throw refusal("key", key);
}

/** Throws `invalid-request` for anything that is not a prefix of a key. The empty prefix matches all keys. */
export function checkPrefix(prefix: string): void {
  if (!isPrefix(prefix)) throw refusal("prefix", prefix);
}

/** The last segment may be incomplete, the others are whole. */
function isPrefix(text: string): boolean {
  if (typeof text !== "string" || text.length > LONGEST || !CHARACTERS.test(text)) return false;
  return text
    .split("/")
    .slice(0, -1)
    .every((segment) => !DOTS.test(segment));
}

function lastSegment(key: string): string {
  return key.slice(key.lastIndexOf("/") + 1);
}

function refusal(what: string, given: string): CarryoutError {
  const shown = String(given).slice(0, 80);
  return new CarryoutError(
    "invalid-request",
    `a part's ${what} must have at most ${LONGEST} characters from A-Z a-z 0-9 . _ - and /, and no empty or dot-only ` +
      `segment, not ${JSON.stringify(shown)}`,
    { details: { [what]: shown } },
  );
}
