/** @module Downloads as JSON for programs: the public form of the HTTP contract, plus what only operators see. */

import { presentDownload } from "../http/present.ts";
import type { DownloadStatus } from "../tracker/status.ts";
import type { PublicDownload } from "../wire/download.ts";

export interface OperatorDownload extends PublicDownload {
  user: string;
  params: unknown;
  failures: number;
  handovers: number;
}

export function downloadAsJson(status: DownloadStatus): OperatorDownload {
  const { user, params, failures, handovers } = status.download;
  return { ...presentDownload(status, ""), user, params, failures, handovers };
}
