/** @module The errors of PostgreSQL and of its connections, in Carryout's terms. */

import { CarryoutError, isCarryoutError, messageOf, UnavailableError } from "../../../errors.ts";

/** No answer will come: the connection was lost, or left at the deadline of a statement. */
export class ConnectionLost extends Error {
  /** False if the server surely never got the statement; true if it may have been carried out, or may still be. */
  readonly sent: boolean;

  constructor(message: string, options: { sent: boolean; cause?: unknown }) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "ConnectionLost";
    this.sent = options.sent;
  }
}

/**
 * "again": the same statement may succeed in a moment. "unavailable": someone has to help first, such as by freeing disk
 * space. "refused": repeating is pointless.
 */
export type ErrorKind = "again" | "unavailable" | "refused";

const DISK_FULL = "53100";
const READ_ONLY = "25006";

/** SQLSTATEs, https://www.postgresql.org/docs/current/errcodes-appendix.html, some of whole classes. */
const AGAIN = [
  /^08/, // connection, also of a pooler in between
  /^40/, // rolled back: deadlock, serialization
  /^57(014|P01|P02|P03|P05)/, // canceled, shutting down, crashed, starting up, idle for too long
  /^53300/, // too many connections
  /^55(P03|006)/, // locked
  /^25006/, // the server has become a standby
];
const UNAVAILABLE = [/^53/, /^58/, /^XX/];

export function kindOf(error: unknown): ErrorKind {
  if (error instanceof ConnectionLost) return "again";
  const state = sqlStateOf(error);
  if (state === null) return isCarryoutError(error, "unavailable") ? "again" : "refused";
  if (AGAIN.some((pattern) => pattern.test(state))) return "again";
  return UNAVAILABLE.some((pattern) => pattern.test(state)) ? "unavailable" : "refused";
}

/** What a caller of the engine gets. */
export function translated(error: unknown): CarryoutError {
  if (isCarryoutError(error)) return error;
  const kind = kindOf(error);
  if (kind === "again")
    return new UnavailableError(`PostgreSQL does not respond: ${messageOf(error)}`, { cause: error });
  const state = sqlStateOf(error);
  if (kind === "unavailable") {
    const details = { isFull: isDiskFull(error) };
    return new UnavailableError(`PostgreSQL can't do this now: ${messageOf(error)}`, {
      details,
      cause: error,
    });
  }
  const code = state === null ? "" : ` (SQLSTATE ${state})`;
  return new CarryoutError("store-unusable", `PostgreSQL refused: ${messageOf(error)}${code}`, {
    cause: error,
  });
}

/** True if the server's disk has no room for what a statement wrote. */
export function isDiskFull(error: unknown): boolean {
  return sqlStateOf(error) === DISK_FULL;
}

/** The five characters that a server's error has; null for an error of another origin. */
export function sqlStateOf(error: unknown): string | null {
  const { code, severity } = (error ?? {}) as { code?: unknown; severity?: unknown };
  return typeof code === "string" && typeof severity === "string" ? code : null;
}

/** True if the connection is useless after this error. */
export function endsConnection(error: unknown): boolean {
  const { severity } = (error ?? {}) as { severity?: unknown };
  const state = sqlStateOf(error);
  return state === null || severity === "FATAL" || severity === "PANIC" || state === READ_ONLY;
}
