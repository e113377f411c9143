/** @module The errors of Carryout: stable codes, and whether a retry makes sense. */

import { inspect } from "node:util";

/** Codes are stable and meant for programs; messages are meant for people and may change. */
export const ERROR_CODES = [
  "unknown-kind",
  "invalid-parameters",
  "invalid-request",
  "download-in-progress",
  "key-reused",
  "too-many-downloads",
  "not-found",
  "not-ready",
  "not-failed",
  "draining",
  "unavailable",
  "closed",
  "aborted",
  "missing-part",
  "file-lost",
  "generation-failed",
  "generation-stalled",
  "generation-timed-out",
  "generation-out-of-memory",
  "generation-keeps-crashing",
  "generation-interrupted",
  "invalid-config",
  "store-corrupt",
  "store-unusable",
  "record-too-new",
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/** Carryout makes these messages for the user of a download: they name nothing of the host. */
const MADE_FOR_USERS: ReadonlySet<ErrorCode> = new Set([
  "generation-stalled",
  "generation-timed-out",
  "generation-out-of-memory",
  "generation-keeps-crashing",
]);

/** Structured facts about an error, safe to show to the caller and to log. */
export type ErrorDetails = Readonly<Record<string, unknown>>;

const BRAND = Symbol.for("carryout.error");

/** The base of every error that Carryout throws on purpose. A programmer's mistake is a `TypeError` instead. */
export class CarryoutError extends Error {
  /** Also says so where two copies of this package meet, and `instanceof` would not: see `isCarryoutError`. */
  readonly [BRAND] = true;
  readonly code: ErrorCode;
  /** True when the same call may succeed later without a change by the caller. */
  readonly retriable: boolean;
  /** True when the user of a download that ended by it may read the message. */
  readonly expose: boolean;
  readonly details: ErrorDetails;

  constructor(
    code: ErrorCode,
    message: string,
    options: { retriable?: boolean; expose?: boolean; details?: ErrorDetails; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "CarryoutError";
    this.code = code;
    this.retriable = options.retriable ?? false;
    this.expose = options.expose ?? MADE_FOR_USERS.has(code);
    this.details = options.details ?? {};
  }
}

/**
 * What a generator throws to tell its user why there is no file: "You have no orders in 2026." Of all other errors
 * the user learns only that the file could not be made. Any error with `expose: true` is treated alike.
 */
export class UserError extends Error {
  readonly expose = true;
  /** True when another attempt may succeed without a change by the user. */
  readonly retriable: boolean;

  constructor(message: string, options: { retriable?: boolean; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "UserError";
    this.retriable = options.retriable ?? false;
  }
}

/** The engine or the file store can't be reached or can't write now; nothing was applied, a retry may succeed. */
export class UnavailableError extends CarryoutError {
  constructor(message: string, options: { details?: ErrorDetails; cause?: unknown } = {}) {
    super("unavailable", message, { ...options, retriable: true });
    this.name = "UnavailableError";
  }
}

/** True when the store refused for want of room: only what is removed from it helps. */
export function isFull(error: unknown): boolean {
  return isCarryoutError(error, "unavailable") && error.details.isFull === true;
}

/** True for an error of Carryout, with this code where one is given. Holds across copies of the package. */
export function isCarryoutError(error: unknown, code?: ErrorCode): error is CarryoutError {
  const candidate = error as { [BRAND]?: unknown; code?: unknown } | null | undefined;
  return (
    typeof error === "object" &&
    candidate?.[BRAND] === true &&
    (code === undefined || candidate.code === code)
  );
}

/**
 * The reason to abort a signal whose reason nobody reads. One for all: the default reason collects a stack each time, which
 * is most of what ending a wait costs.
 */
export const ENDED: Error = new DOMException("ended", "AbortError");

/** True for an abort by `AbortSignal`, whatever raised it. */
export function isAbort(error: unknown): boolean {
  return isCarryoutError(error, "aborted") || (error instanceof Error && error.name === "AbortError");
}

/** The text of anything that was thrown: a message where there is one. Never throws, whatever it is given. */
export function messageOf(error: unknown): string {
  try {
    const message = (error as { message?: unknown } | null | undefined)?.message;
    if (typeof message === "string") return message;
    return typeof error === "object" ? inspect(error, SHALLOW) : String(error);
  } catch {
    return "a value that can't be shown as text";
  }
}

/** Runs no code of the object's own. */
const SHALLOW = {
  customInspect: false,
  depth: 1,
  maxStringLength: 200,
  breakLength: Number.POSITIVE_INFINITY,
};
