/** @module What nodes tell each other over their lifelines: the newest server that they have seen. */

import type { Json } from "../../../download/json.ts";
import { isObject } from "../../../ports/read-member.ts";
import type { ServerLife } from "../session/timelines.ts";

export function encodeTimeline({ system, timeline }: ServerLife): string {
  return JSON.stringify({ system, timeline });
}

/** Null for anything else, as a process of another version might send. */
export function readTimeline(note: string): ServerLife | null {
  let value: Json;
  try {
    value = JSON.parse(note) as Json;
  } catch {
    return null;
  }
  if (!isObject(value)) return null;
  const { system, timeline } = value;
  if (typeof system !== "string" || !Number.isSafeInteger(timeline) || Number(timeline) < 1) return null;
  return { system, timeline: Number(timeline) };
}
