/** @module What PostgreSQL can keep of keys and documents. */

import { CarryoutError } from "../../../errors.ts";

/** A page of an index must hold three entries. */
const LONGEST_KEY = 2_400;
/** A batch is one message, which both sides hold in memory. */
const MOST_DOCUMENT_CHARACTERS = 16 * 1024 * 1024;

/** False for a key that no record can have: text in PostgreSQL holds no NUL, and is well-formed. */
export function isStorable(key: string): boolean {
  return key.length <= LONGEST_KEY && key.isWellFormed() && !key.includes("\0");
}

/** Throws `invalid-request` for a document that is too large. */
export function checkSize(key: string, text: string | null): void {
  if (text === null || text.length <= MOST_DOCUMENT_CHARACTERS) return;
  const most = MOST_DOCUMENT_CHARACTERS / 1024 / 1024;
  throw new CarryoutError(
    "invalid-request",
    `the record ${key} would have ${Math.ceil(text.length / 1024 / 1024)} MiB; at most ${most} MiB can be stored`,
    { details: { key } },
  );
}
