/** @module A download as the HTTP API shows it to its owner. */

import type { DownloadState } from "../download/download.ts";

export interface PublicProgress {
  done: number;
  total: number | null;
  /** 0 to 1, or null while no total is known. */
  fraction: number | null;
  message: string | null;
}

export interface PublicFile {
  name: string;
  /** A media type, with parameters. */
  type: string;
  /** Bytes. */
  size: number;
  sha256: string;
  /** Where the file is fetched: a path on this origin. */
  url: string;
}

export interface PublicError {
  code: string;
  message: string;
  /** False when the same request is bound to fail again. */
  retriable: boolean;
}

/** Times are RFC 3339 in UTC. */
export interface PublicDownload {
  id: string;
  slot: string;
  kind: string;
  state: DownloadState;
  progress: PublicProgress;
  /** 1 for the next in line; null when it is not waiting. */
  position: number | null;
  /** Expected milliseconds until it is ready, or null while unknown. */
  etaMs: number | null;
  /** The living holder, or null while it waits for one. */
  node: string | null;
  /** Grows by one whenever a node takes it. */
  epoch: number;
  file: PublicFile | null;
  error: PublicError | null;
  requestedAt: string;
  startedAt: string | null;
  finishedAt: string | null;
  expiresAt: string | null;
}

export function isUnfinished(download: Pick<PublicDownload, "state">): boolean {
  return download.state === "pending" || download.state === "processing";
}
