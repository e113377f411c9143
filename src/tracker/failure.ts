/** @module From what was thrown to what is recorded. */

import type { Failure } from "../download/download.ts";
import { isCarryoutError } from "../errors.ts";

/**
 * What the record and so the user are told of an error. A message that was not made for users may name hosts, paths
 * and passwords of ours: in its place they get the download's id, under which the log has the whole story.
 */
export function failureOf(error: unknown, downloadId: string): Failure {
  const failure = isCarryoutError(error) ? error : null;
  return {
    code: failure?.code ?? "generation-failed",
    message: failure?.expose ? failure.message : `The file could not be generated. Reference: ${downloadId}`,
    retriable: failure?.retriable ?? true,
  };
}
