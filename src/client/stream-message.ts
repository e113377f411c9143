/** @module What `/downloads/events` says, decoded. */

import type { DownloadEvent } from "../wire/download.ts";
import { isUnfinished, type PublicDownload } from "./public-download.ts";

/** A snapshot of an event stream has no more finished downloads than this, the newest ones. */
export const MOST_FINISHED = 20;

/** What a page is told: the events of the stream, and the finished ones for which a snapshot had no room. */
export type StreamMessage = StreamEvent | { type: "older"; downloads: PublicDownload[] };

export type StreamEvent = DownloadEvent;

/** When the oldest finished one of a snapshot was asked for, if there may be older ones; else null. */
export function endOfSnapshot(downloads: readonly PublicDownload[]): number | null {
  const finished = downloads.filter((download) => !isUnfinished(download));
  return finished.length < MOST_FINISHED ? null : Math.min(...finished.map(askedAt));
}

export function askedAt({ requestedAt }: Pick<PublicDownload, "requestedAt">): number {
  return Date.parse(requestedAt);
}

/** Null for an event of another name or with unreadable data: a newer server may say more than this page knows. */
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
