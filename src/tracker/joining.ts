/** @module Joins the parts of a finished file to one, so that its store can deliver it. */

import type { Part } from "../download/download.ts";
import { isAbort, messageOf } from "../errors.ts";
import type { DirectDelivery } from "../ports/file-store.ts";
import type { Log } from "../telemetry/log.ts";

/**
 * The joined part, or those given if they can't be joined: then the nodes send the file. Rejects when the signal aborts.
 */
export async function joinedParts(
  { direct, log }: { direct: DirectDelivery; log: Log },
  parts: readonly Part[],
  whole: Part,
  signal: AbortSignal,
): Promise<Part[]> {
  try {
    await direct.assemble(whole.key, parts, { sha256: whole.sha256, signal });
    return [whole];
  } catch (error) {
    if (isAbort(error) || signal.aborted) throw error;
    log.warn({ reason: messageOf(error) }, "the parts could not be joined; the nodes send this file");
    return [...parts];
  }
}
