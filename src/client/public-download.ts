/** @module What the client asks of a download as the HTTP API shows it. */

import type { PublicDownload } from "../wire/download.ts";

export type { PublicDownload, PublicFile } from "../wire/download.ts";

export function isUnfinished(download: Pick<PublicDownload, "state">): boolean {
  return download.state === "pending" || download.state === "processing";
}
