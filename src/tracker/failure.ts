/** @module Converts a thrown error to the recorded one. */

import type { Failure } from "../download/download.ts";
import { isCarryoutError } from "../errors.ts";

/**
 * The error as recorded, and so as shown to the user. A message that is not meant for users may contain internal hosts,
 * paths and passwords: instead they get the download's id, under which the log has the details.
 */
export function failureOf(error: unknown, downloadId: string): Failure {
  const failure = isCarryoutError(error) ? error : null;
  return {
    code: failure?.code ?? "generation-failed",
    message: failure?.expose ? failure.message : `The file could not be generated. Reference: ${downloadId}`,
    retriable: failure?.retriable ?? true,
  };
}
