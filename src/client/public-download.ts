/** @module The parts of the HTTP API's download that the client needs. */

import type { PublicDownload } from "../wire/download.ts";

export type { PublicDownload, PublicFile } from "../wire/download.ts";

export function isUnfinished(download: Pick<PublicDownload, "state">): boolean {
  return download.state === "pending" || download.state === "processing";
}
