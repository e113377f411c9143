/** @module Downloads as the API shows them, for the tests of the frameworks. */

import type { PublicDownload } from "../client/public-download.ts";

/** One of this state, with what a state brings along; `changes` replace it. */
export function sampleDownload(
  changes: Partial<PublicDownload> & Pick<PublicDownload, "state">,
): PublicDownload {
  const { id = "first", kind = "report", state } = changes;
  const isDone = state === "ready" || state === "error";
  return {
    id,
    kind,
    slot: "default",
    progress: { done: 0, total: null, fraction: null, message: null },
    position: null,
    etaMs: null,
    node: isDone ? null : "n1/1",
    epoch: 1,
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
    requestedAt: "2026-11-26T08:00:00.000Z",
    startedAt: "2026-11-26T08:00:01.000Z",
    finishedAt: isDone ? "2026-11-26T08:00:02.000Z" : null,
    expiresAt: null,
    ...changes,
  };
}
