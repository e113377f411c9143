/** @module SQLite's errors in Carryout's terms. */

import { CarryoutError, messageOf, UnavailableError } from "../../errors.ts";

/** Primary result codes, https://www.sqlite.org/rescode.html */
const BUSY = 5;
const LOCKED = 6;
const NOMEM = 7;
const READONLY = 8;
const IOERR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANTOPEN = 14;
const PROTOCOL = 15;
const NOTADB = 26;
/** The index of the log could not grow. */
const IOERR_SHMSIZE = 4_874;

/** The message for users about a database that can't be used now. */
const UNAVAILABLE = new Map([
  [BUSY, "the database is locked by another process"],
  [LOCKED, "the database is locked by another connection"],
  [NOMEM, "out of memory"],
  [READONLY, "the database is not writable"],
  [IOERR, "disk I/O error"],
  [FULL, "disk full"],
  [CANTOPEN, "the database file can't be opened"],
  [PROTOCOL, "the database is locked by another process"],
]);

/** True if another connection holds a lock and the same call may succeed in a moment. */
export function isBusy(error: unknown): boolean {
  const code = primaryCode(error);
  return code === BUSY || code === LOCKED || code === PROTOCOL;
}

/** True if the cause is the file or the machine, not the statement that failed. */
export function concernsAll(error: unknown): boolean {
  const code = primaryCode(error);
  return code === CORRUPT || code === NOTADB || (code !== undefined && UNAVAILABLE.has(code));
}

/** True if the disk has no space for the write. */
export function hasNoRoom(error: unknown): boolean {
  return primaryCode(error) === FULL || extendedCode(error) === IOERR_SHMSIZE;
}

/** `store-corrupt`, an `UnavailableError`, or the error itself if it is not from SQLite. Keeps the cause. */
export function translated(error: unknown, path: string): unknown {
  const code = primaryCode(error);
  if (code === undefined) return error;
  if (code === CORRUPT || code === NOTADB) return corrupt(path, messageOf(error), error);
  const reason = UNAVAILABLE.get(code);
  if (reason === undefined) return error;
  return new UnavailableError(`${reason}: ${path} (${messageOf(error)})`, {
    details: { path, isFull: hasNoRoom(error) },
    cause: error,
  });
}

export function corrupt(path: string, problem: string, cause?: unknown): CarryoutError {
  return new CarryoutError(
    "store-corrupt",
    `${path} is damaged or not a Carryout database: ${problem}. Nothing was changed. Restore a backup, ` +
      "or move the file away to start empty.",
    { details: { path }, cause },
  );
}

export function unusable(path: string, problem: string, cause?: unknown): CarryoutError {
  return new CarryoutError("store-unusable", `${path} can't be used: ${problem}`, {
    details: { path },
    cause,
  });
}

function primaryCode(error: unknown): number | undefined {
  const code = extendedCode(error);
  // The upper bits of an extended code only add detail.
  return code === undefined ? undefined : code & 0xff;
}

function extendedCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("errcode" in error)) return undefined;
  return typeof error.errcode === "number" ? error.errcode : undefined;
}
