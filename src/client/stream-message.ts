/** @module What `/downloads/events` says, decoded. */

import type { PublicDownload } from "./public-download.ts";

export type StreamMessage =
  | { type: "snapshot"; downloads: PublicDownload[] }
  | { type: "download"; download: PublicDownload }
  | { type: "removed"; id: string };

/** Null for an event of another name or with unreadable data: a newer server may say more than this page knows. */
export function decodeMessage(name: string, data: string): StreamMessage | null {
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
