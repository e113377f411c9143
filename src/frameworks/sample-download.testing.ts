/** @module Downloads as the API shows them, for the tests of the frameworks. */

import type { PublicDownload } from "../client/public-download.ts";
import { sample } from "../client/sample.testing.ts";

/** One of this state, with what a state brings along; `changes` replace it. */
export function sampleDownload(
  changes: Partial<PublicDownload> & Pick<PublicDownload, "state">,
): PublicDownload {
  const { id = "first", kind = "report", state } = changes;
  const isDone = state === "ready" || state === "error";
  return sample({
    id,
    kind,
    node: isDone ? null : "n1/1",
    file:
      state === "ready"
        ? {
            name: `${kind}.csv`,
            type: "text/csv",
            size: 7,
            sha256: "0".repeat(64),
            url: `/downloads/${id}/${kind}.csv`,
          }
        : null,
    error:
      state === "error" ? { code: "generator-failed", message: "The disk is full", retriable: true } : null,
    finishedAt: isDone ? "2026-01-02T03:04:06.000Z" : null,
    ...changes,
  });
}
