/** @module The file system's errors in Carryout's terms. */

import { messageOf, UnavailableError } from "../../errors.ts";

const REASONS = new Map([
  ["ENOSPC", "disk full"],
  ["EDQUOT", "disk quota exceeded"],
  ["EFBIG", "the file exceeds this process's size limit"],
  ["EACCES", "permission denied"],
  ["EPERM", "permission denied"],
  ["EROFS", "the file system is read-only"],
  ["EIO", "disk I/O error"],
  ["EMFILE", "too many open files in this process"],
  ["ENFILE", "too many open files on this machine"],
]);

/** The system's code such as "ENOENT", or undefined for an error that does not come from the file system. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

/** True when there is nothing at the path. */
export function isMissing(error: unknown): boolean {
  const code = codeOf(error);
  return code === "ENOENT" || code === "ENOTDIR";
}

/** True if a folder could not be removed because it is not empty. */
export function isNotEmpty(error: unknown): boolean {
  return ["ENOTEMPTY", "EEXIST", "EBUSY"].includes(codeOf(error) ?? "");
}

/** Waits for the work, ignoring an expected error. */
export async function quietly(work: Promise<void>, isExpected: (error: unknown) => boolean): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!isExpected(error)) throw error;
  }
}

/** An `UnavailableError` with a readable reason; errors that are not system errors are returned unchanged. */
export function translated(error: unknown, doing: string, key: string): unknown {
  const code = codeOf(error);
  if (code === undefined || !/^E[A-Z0-9]+$/.test(code)) return error;
  const reason = REASONS.get(code) ?? messageOf(error);
  return new UnavailableError(`${doing} ${key || "all parts"}: ${reason}`, {
    details: { key, reason: code, isFull: code === "ENOSPC" || code === "EDQUOT" },
    cause: error,
  });
}
