/** @module Decodes the messages of `/downloads/events`. */

import type { DownloadEvent } from "../wire/download.ts";
import { isUnfinished, type PublicDownload } from "./public-download.ts";

/** A stream's snapshot contains at most this many finished downloads, the newest ones. */
export const MOST_FINISHED = 20;

/**
 * What a page receives: the events of the stream, and finished downloads that did not fit into a snapshot. `hasMore`: the
 * list goes on after these; undefined where that is not known yet.
 */
export type StreamMessage =
  | Exclude<StreamEvent, { type: "snapshot" }>
  | { type: "snapshot"; downloads: PublicDownload[]; hasMore?: boolean | undefined }
  | { type: "older"; downloads: PublicDownload[]; hasMore: boolean };

export type StreamEvent = DownloadEvent;

/** When the oldest finished download of a snapshot was requested, if there may be older ones; else null. */
export function endOfSnapshot(downloads: readonly PublicDownload[]): number | null {
  const finished = downloads.filter((download) => !isUnfinished(download));
  return finished.length < MOST_FINISHED ? null : Math.min(...finished.map(askedAt));
}

export function askedAt({ requestedAt }: Pick<PublicDownload, "requestedAt">): number {
  return Date.parse(requestedAt);
}

/** Null for an unknown event or unreadable data: a newer server may send more than this page knows. */
export function decodeMessage(name: string, data: string): StreamEvent | null {
  const body = parse(data);
  if (name === "snapshot" && Array.isArray(body?.downloads)) {
    return { type: "snapshot", downloads: body.downloads as PublicDownload[] };
  }
  if (name === "download" && typeof body?.id === "string") {
    return { type: "download", download: body as unknown as PublicDownload };
  }
  if (name === "removed" && typeof body?.id === "string") return { type: "removed", id: body.id };
  return null;
}

function parse(data: string): Record<string, unknown> | null {
  try {
    return JSON.parse(data) as Record<string, unknown> | null;
  } catch {
    return null;
  }
}
