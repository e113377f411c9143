/** @module What operators find and look at, as the public JSON. */

import type { StoryEvent } from "../download/download.ts";
import type { RecentLine } from "../telemetry/recent-log.ts";
import type { DownloadStatus } from "../tracker/status.ts";
import type { FoundDownload, PublicLogLine, PublicStoryEvent } from "../wire/operations.ts";
import { servedName, timestamp } from "./present.ts";

export function presentFound({ download, node, position }: DownloadStatus): FoundDownload {
  const { id, user, slot, kind, state, epoch, progress, failures, revision, file, error } = download;
  return {
    id,
    user,
    slot,
    kind,
    state,
    node,
    epoch,
    fraction: progress.fraction,
    position,
    failures,
    revision,
    file:
      state === "ready" && file ? { name: servedName(file.name), type: file.type, size: file.size } : null,
    error: error && { code: error.code, message: error.message, retriable: error.retriable },
    requestedAt: timestamp(download.requestedAt),
    startedAt: timestamp(download.startedAt),
    finishedAt: timestamp(download.finishedAt),
    expiresAt: timestamp(download.expiresAt),
  };
}

export function presentStoryEvent({ at, ...event }: StoryEvent): PublicStoryEvent {
  return { at: timestamp(at), ...event };
}

export function presentLine(line: RecentLine, node: string): PublicLogLine {
  const { level, message, fields } = line;
  return { at: timestamp(line.at), node, level, message, fields };
}
