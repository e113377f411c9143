/** @module The last lines of a node's log in memory, for the page of operators. */

import type { Json } from "../download/json.ts";
import type { Clock } from "../ports/clock.ts";
import type { Fields, Log } from "../ports/log.ts";
import { loggable } from "./fields.ts";
import { printableLine } from "./printable.ts";

export interface RecentLine {
  /** Milliseconds since the epoch, UTC. */
  at: number;
  level: "info" | "warn" | "error";
  message: string;
  fields: Record<string, string>;
}

export interface RecentLog {
  /** Writes to the given log and keeps what it writes, from `info` on, whatever the level of that log. */
  readonly log: Log;
  /** The oldest first. */
  lines(): readonly RecentLine[];
}

/** About half a megabyte. */
const MOST_LINES = 1_000;
const MOST_FIELDS = 20;
const LONGEST_VALUE = 300;

export function keepRecent(log: Log, clock: Pick<Clock, "now">): RecentLog {
  const lines: RecentLine[] = [];
  const keep = (level: RecentLine["level"], fields: Fields, message: string) => {
    lines.push({ at: clock.now(), level, message, fields: shortened(fields) });
    if (lines.length > MOST_LINES) lines.splice(0, lines.length - MOST_LINES);
  };
  const over = (below: Log, common: Fields): Log => {
    const at = (level: RecentLine["level"]) => (fields: Fields, message: string) => {
      below[level](fields, message);
      keep(level, { ...common, ...fields }, message);
    };
    return {
      debug: (fields, message) => below.debug(fields, message),
      info: at("info"),
      warn: at("warn"),
      error: at("error"),
      child: (fields) => over(below.child(fields), { ...common, ...fields }),
    };
  };
  return { log: over(log, {}), lines: () => lines };
}

/** Without secrets, as every line of a log; of an error only its message. */
function shortened(fields: Fields): Record<string, string> {
  const short: Record<string, string> = {};
  for (const [name, value] of Object.entries(loggable(fields)).slice(0, MOST_FIELDS)) {
    const text = printableLine(textOf(value));
    short[name] = text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE - 1)}…` : text;
  }
  return short;
}

function textOf(value: Json): string {
  if (typeof value === "string") return value;
  if (typeof value === "object" && value !== null && "message" in value) return String(value.message);
  return JSON.stringify(value);
}
