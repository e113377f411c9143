/** @module Parses a member from JSON, as sent by another process of any version. */

import { isTime } from "../download/fields.ts";
import type { Json } from "../download/json.ts";
import { type FreeInMs, type Member, MOST_FORETOLD } from "./membership.ts";

const MOST_KINDS = 10_000;

/** Null for an invalid member. */
export function readMember(value: Json | undefined): Member | null {
  if (!isObject(value)) return null;
  const { name, incarnation, capacity, inlineCapacity } = value;
  if (typeof name !== "string" || typeof incarnation !== "string") return null;
  if (typeof capacity !== "number" || typeof inlineCapacity !== "number") return null;
  return {
    name,
    incarnation,
    url: textOf(value.url),
    pid: typeof value.pid === "number" ? value.pid : null,
    version: textOf(value.version) ?? "",
    capacity,
    inlineCapacity,
    draining: value.draining === true,
    kinds: readKinds(value.kinds),
    ...(isTime(value.startedAt) && { startedAt: value.startedAt }),
    revisions: readRevisions(value.revisions),
    freeInMs: readFreeInMs(value.freeInMs),
  };
}

/** Null if absent or invalid. */
function readKinds(value: Json | undefined): string[] | null {
  if (!Array.isArray(value)) return null;
  const kinds = value.filter((kind) => typeof kind === "string");
  return kinds.length === value.length && kinds.length <= MOST_KINDS ? kinds : null;
}

/** The valid revisions; one that a node does not announce is unknown. */
function readRevisions(value: Json | undefined): Record<string, string> {
  if (!isObject(value)) return {};
  const entries = Object.entries(value).filter(([, revision]) => typeof revision === "string");
  return Object.fromEntries(entries.slice(0, MOST_KINDS)) as Record<string, string>;
}

/** Empty if absent: older versions foretell nothing. */
function readFreeInMs(value: Json | undefined): FreeInMs {
  const { process, inline } = isObject(value) ? value : {};
  return { process: readTimes(process), inline: readTimes(inline) };
}

function readTimes(value: Json | undefined): number[] {
  if (!Array.isArray(value)) return [];
  const times = value.slice(0, MOST_FORETOLD).filter((ms) => typeof ms === "number");
  return times.filter((ms) => Number.isFinite(ms) && ms >= 0).sort((a, b) => a - b);
}

export function isObject(value: Json | undefined): value is { [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function textOf(value: Json | undefined): string | null {
  return typeof value === "string" ? value : null;
}
