/** @module The fields of a log line as plain JSON: bounded, without secrets, errors with stack and causes. */

import type { Json } from "../download/json.ts";
import { describeThrown, isError } from "../text/thrown.ts";
import { isSecretName, withoutSecrets } from "./secrets.ts";

/** Replaces a secret at any depth, wherever it is logged by mistake. */
const CENSORED = "[secret]";

const DEEPEST = 6;
const MOST_MEMBERS = 100;
const LONGEST_TEXT = 8_000;

/** Never throws: unreadable values are left out or replaced by a note. */
export function loggable(fields: Readonly<Record<string, unknown>>): Record<string, Json> {
  return membersOf(fields, DEEPEST);
}

function plainOf(value: unknown, depth: number): Json | undefined {
  switch (typeof value) {
    case "string":
      return withoutSecrets(value.length > LONGEST_TEXT ? `${value.slice(0, LONGEST_TEXT)}…` : value);
    case "number":
      return Number.isFinite(value) ? value : String(value);
    case "boolean":
      return value;
    case "undefined":
      return undefined;
    case "object":
      return value === null ? null : objectOf(value, depth);
    default:
      return String(value).slice(0, LONGEST_TEXT);
  }
}

function objectOf(value: object, depth: number): Json {
  if (isError(value)) return membersOf(describeThrown(value), Number.POSITIVE_INFINITY);
  try {
    if (value instanceof Date) return String(value.toJSON());
    if (depth === 0) return Array.isArray(value) ? "[…]" : "{…}";
    if (!Array.isArray(value)) return membersOf(value, depth);
    return value.slice(0, MOST_MEMBERS).map((item) => plainOf(item, depth - 1) ?? null);
  } catch {
    return "[unreadable]";
  }
}

function membersOf(value: object, depth: number): Record<string, Json> {
  const members: Record<string, Json> = {};
  for (const name of Object.keys(value).slice(0, MOST_MEMBERS)) {
    const member = isSecretName(name) ? CENSORED : readable(value, name, depth);
    if (member !== undefined) members[name] = member;
  }
  return members;
}

function readable(value: object, name: string, depth: number): Json | undefined {
  try {
    return plainOf((value as Record<string, unknown>)[name], depth - 1);
  } catch {
    return "[unreadable]";
  }
}
