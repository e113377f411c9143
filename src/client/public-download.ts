/** @module The HTTP API's download, as far as the client needs to understand it. */

import type { PublicDownload } from "../wire/download.ts";

export type { PublicDownload, PublicFile } from "../wire/download.ts";

/** True until it is ready or has failed. */
export function isUnfinished(download: Pick<PublicDownload, "state">): boolean {
  return download.state === "pending" || download.state === "processing";
}

/**
 * The server names a file by its path on its own origin. A page of another origin needs the whole URL: `base` is then
 * the API's URL, not a path.
 */
export function linkedFrom(base: string, download: PublicDownload): PublicDownload {
  const { file } = download;
  if (file === null || !/^https?:/i.test(base)) return download;
  return { ...download, file: { ...file, url: new URL(file.url, base).href } };
}
