/** @module From what was thrown to what is recorded. */

import type { Failure } from "../download/download.ts";
import { CarryoutError, messageOf } from "../errors.ts";

/** What the record and the user are told of an error. */
export function failureOf(error: unknown): Failure {
  if (error instanceof CarryoutError) {
    return { code: error.code, message: error.message, retriable: error.retriable };
  }
  return { code: "generation-failed", message: messageOf(error), retriable: true };
}
