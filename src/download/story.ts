/** @module What happened to a download, for operators: a short list of events in its record, added by its transitions. */

import type { Download, Failure, Story, StoryEvent } from "./download.ts";

export const STORY_EVENT_TYPES: readonly StoryEvent["type"][] = [
  "requested",
  "claimed",
  "released",
  "attempt-failed",
  "withdrawn",
  "ready",
  "failed",
  "lost",
];

/** A record must not grow with every restart of a node. */
export const MOST_STORY_EVENTS = 32;
const LONGEST_MESSAGE = 200;

/** The record with this event: the first one is kept, and of the others the latest. */
export function noted(download: Download, event: StoryEvent): Download {
  const { events, dropped } = download.story;
  const all = [...events, event];
  if (all.length <= MOST_STORY_EVENTS) return { ...download, story: { events: all, dropped } };
  all.splice(1, 1);
  return { ...download, story: { events: all, dropped: dropped + 1 } };
}

/** What an event says of a failure. */
export function failureFacts({ code, message }: Failure): Pick<StoryEvent, "code" | "message"> {
  const isLong = message.length > LONGEST_MESSAGE;
  return { code, message: isLong ? `${message.slice(0, LONGEST_MESSAGE - 1)}…` : message };
}

/** The story of a record that has none, because an earlier version wrote it: as much as its fields tell. */
export function storyFrom(download: Omit<Download, "story">): Story {
  const { requestedAt, startedAt, finishedAt, state, node, epoch, error } = download;
  const events: StoryEvent[] = [{ type: "requested", at: requestedAt }];
  if (startedAt !== null) {
    const holder = node === null || epoch !== 1 ? {} : { node, epoch };
    events.push({ type: "claimed", at: startedAt, ...holder });
  }
  if (finishedAt !== null && state === "ready")
    events.push({ type: "ready", at: finishedAt, ...(node && { node }) });
  if (finishedAt !== null && state === "error")
    events.push({ type: "failed", at: finishedAt, ...(error && failureFacts(error)) });
  return { events, dropped: 0 };
}
