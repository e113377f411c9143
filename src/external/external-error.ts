/** @module Why a program or a service could not make a file, for the log. */

/** In the log as `code`. The download's own code is `generation-failed`. */
export const EXTERNAL_ERROR_CODES = [
  "program-missing",
  "program-failed",
  "program-killed",
  "bad-argument",
  "output-empty",
  "output-incomplete",
  "output-held",
  "output-too-large",
  "request-invalid",
  "address-not-allowed",
  "redirect-not-allowed",
  "service-unreachable",
  "service-timeout",
  "service-refused",
  "service-failed",
  "service-busy",
  "answer-invalid",
  "length-mismatch",
  "transfer-broken",
  "file-changed",
] as const;

export type ExternalErrorCode = (typeof EXTERNAL_ERROR_CODES)[number];

/**
 * Its message is for operators: the user gets a reference, unless the error is exposed. `retriable`: whether another
 * attempt may succeed.
 */
export class ExternalError extends Error {
  readonly code: ExternalErrorCode;
  readonly retriable: boolean;
  readonly expose: boolean;
  /** The file has to be made from its beginning, which is no failure. */
  readonly startOver: boolean;

  constructor(
    code: ExternalErrorCode,
    message: string,
    options: { retriable?: boolean; expose?: boolean; startOver?: boolean; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    // As in Node: logs for people show the name.
    this.name = `ExternalError [${code}]`;
    this.code = code;
    this.retriable = options.retriable ?? true;
    this.expose = options.expose ?? false;
    this.startOver = options.startOver ?? false;
  }
}
