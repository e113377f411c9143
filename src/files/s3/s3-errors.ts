/** @module The errors of S3 servers and of the SDK in Carryout's terms. */

import { CarryoutError, isCarryoutError, messageOf, UnavailableError } from "../../errors.ts";

/** What the SDK's errors tell; an error without an answer has neither code nor status. */
interface Told {
  name: string;
  message: string;
  /** Node's code, such as "ECONNRESET". */
  code: string | undefined;
  status: number | undefined;
  /** Where the bucket is, if a server of another region answers. */
  region: string | undefined;
}

/** A deadline of ours has passed: the call may be repeated. */
export class LateError extends Error {
  constructor(ms: number) {
    super(`no answer within ${ms / 1_000} s`);
    this.name = "LateError";
  }
}

/** The answer has fewer bytes than it should: the call may be repeated. */
export class CutShortError extends Error {
  override name = "CutShortError";
}

/** Answers with a status below 500 after which the same call may succeed. */
const PASSING = new Set([
  "RequestTimeout",
  "RequestTimeTooSkewed",
  "SlowDown",
  "Throttling",
  "ThrottlingException",
  "TooManyRequests",
  "OperationAborted",
  "IncompleteBody",
  // The bytes were damaged on their way.
  "XAmzContentSHA256Mismatch",
  "BadDigest",
]);
const FULL = new Set(["QuotaExceeded", "XMinioStorageFull"]);
/** Not implemented, and full: repeating the call does not help. */
const LASTING_STATUSES = [501, 507];

export function told(error: unknown): Told {
  const { name, code, Code, $metadata, $response } = (error ?? {}) as {
    name?: unknown;
    code?: unknown;
    Code?: unknown;
    $metadata?: { httpStatusCode?: number };
    $response?: { statusCode?: number; headers?: Record<string, string> };
  };
  return {
    name: String(Code ?? name ?? "Error"),
    message: messageOf(error),
    code: typeof code === "string" ? code : undefined,
    status: $metadata?.httpStatusCode ?? $response?.statusCode,
    region: $response?.headers?.["x-amz-bucket-region"],
  };
}

/** True if there is no object of this name. A bucket that does not exist is something else. */
export function isMissing(error: unknown): boolean {
  const { name, status } = told(error);
  return status === 404 && name !== "NoSuchBucket" && name !== "NoSuchUpload";
}

/** True if an object that should be new exists, or is being stored by someone else. */
export function isTaken(error: unknown): boolean {
  const { name, status } = told(error);
  return status === 412 || name === "ConditionalRequestConflict";
}

/** True if the server does not know conditional writes. */
export function lacksConditions(error: unknown): boolean {
  return told(error).status === 501;
}

/** True if the same call may succeed a moment later. */
export function isPassing(error: unknown): boolean {
  if (error instanceof LateError || error instanceof CutShortError) return true;
  const { name, code, status } = told(error);
  if (status !== undefined && status >= 400) {
    return (
      PASSING.has(name) ||
      [408, 429].includes(status) ||
      (status >= 500 && !LASTING_STATUSES.includes(status))
    );
  }
  return name === "TimeoutError" || /^E[A-Z_]+$/.test(code ?? "") || code === "ERR_STREAM_PREMATURE_CLOSE";
}

/** An `UnavailableError` with a readable reason. Carryout's own errors and a programmer's mistakes are returned unchanged. */
export function translated(error: unknown, doing: string, bucket: string): unknown {
  if (isCarryoutError(error) || error instanceof TypeError) return error;
  const { name, status } = told(error);
  return new UnavailableError(`${doing}: ${reasonOf(error, bucket)}`, {
    details: { bucket, reason: name, isFull: FULL.has(name) || status === 507, isPassing: isPassing(error) },
    cause: error,
  });
}

/** For the start of a node: an error that only a change of the settings or of the bucket ends. */
export function asUnusable(error: unknown, shown: string): unknown {
  if (!isCarryoutError(error, "unavailable") || error.details.isPassing === true) return error;
  return new CarryoutError("store-unusable", `${shown} can't be used for files: ${error.message}`, {
    details: error.details,
    cause: error.cause,
  });
}

function reasonOf(error: unknown, bucket: string): string {
  const { name, message, code, status, region } = told(error);
  if (name === "NoSuchBucket") return `the bucket ${bucket} does not exist`;
  if (name === "CredentialsProviderError") return `no credentials were found (${message})`;
  if (message === "Region is missing") return "its region is not known: set the option region, or AWS_REGION";
  if (name === "InvalidAccessKeyId" || name === "SignatureDoesNotMatch")
    return `the credentials are refused (${name})`;
  if (name === "ExpiredToken") return "the credentials have expired";
  if (status === 301 || name === "AuthorizationHeaderMalformed" || name === "PermanentRedirect") {
    const where = region === undefined ? "another region or at another endpoint" : `the region ${region}`;
    return `the bucket ${bucket} is in ${where}: set the option region (${message})`;
  }
  if (FULL.has(name) || status === 507) return `the storage is full (${name})`;
  if (status === 403)
    return `access to the bucket ${bucket} is denied (${name}): check the policy of the credentials`;
  if (status !== undefined) return `the server answered ${status} ${name}: ${message}`;
  return code === undefined || message.includes(code) ? message : `${message} (${code})`;
}
