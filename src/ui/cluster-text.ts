/** @module How the cluster page writes times, durations and the events of a story. */

import type { PublicStoryEvent, PublicUnheard } from "../wire/operations.ts";

export const STATE_NAMES = { pending: "Waiting", processing: "Running", ready: "Ready", error: "Failed" };

const LOCALE = "en-GB";
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** "350 ms", "12 s", "3 min 5 s", "2 h 10 min", "4 d 3 h". */
export function duration(ms: number): string {
  if (ms < SECOND) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < MINUTE) return `${Math.floor(ms / SECOND)} s`;
  if (ms < HOUR) return pair(ms, MINUTE, "min", SECOND, "s");
  return ms < DAY ? pair(ms, HOUR, "h", MINUTE, "min") : pair(ms, DAY, "d", HOUR, "h");
}

function pair(ms: number, large: number, largeName: string, small: number, smallName: string): string {
  const rest = Math.floor((ms % large) / small);
  return `${Math.floor(ms / large)} ${largeName}${rest > 0 ? ` ${rest} ${smallName}` : ""}`;
}

/** How long ago; the server's clock may be a little ahead. */
export function since(time: string, now: number): string {
  const ms = Math.max(0, now - Date.parse(time));
  return ms < SECOND ? "now" : duration(ms);
}

const CLOCK = new Intl.DateTimeFormat(LOCALE, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const WITH_DAY = new Intl.DateTimeFormat(LOCALE, {
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
});

/** The time of day, with the date unless it is today. */
export function clockTime(time: string, now: number): string {
  const at = new Date(time);
  return at.toDateString() === new Date(now).toDateString() ? CLOCK.format(at) : WITH_DAY.format(at);
}

/** The name of a node id. */
export function nameOf(node: string): string {
  const slash = node.lastIndexOf("/");
  return slash < 0 ? node : node.slice(0, slash);
}

/** "3 downloads". */
export function counted(count: number, noun: string): string {
  return `${new Intl.NumberFormat(LOCALE).format(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** A whole number below 100: what is generated is not a file yet. */
export function percentOf(fraction: number | null): number | null {
  return fraction === null ? null : Math.min(99, Math.floor(fraction * 100));
}

/** "Without 2 nodes that can't be asked: n1, n2." */
export function withoutNodes(unheard: PublicUnheard): string {
  const names = unheard.map(({ node }) => node).join(", ");
  return `Without ${counted(unheard.length, "node")} that can't be asked: ${names}.`;
}

/** A title, and what else is known. */
export function toldEvent(event: PublicStoryEvent): { title: string; detail: string | null } {
  const { type, node, from, anew, epoch, code, message } = event;
  const by = node === undefined ? "" : nameOf(node);
  const reason = code === undefined ? null : `${code}${message ? `: ${message}` : ""}`;
  const moved = from === undefined ? null : `${nameOf(from)} died`;
  switch (type) {
    case "requested":
      return { title: "Requested", detail: null };
    case "claimed": {
      const again = anew ? "starts over with another revision" : null;
      const number = epoch === undefined ? null : `claim ${epoch}`;
      const title = moved ? `Moved to ${by}` : by === "" ? "Claimed" : `Claimed by ${by}`;
      return { title, detail: joined(moved, again, number) };
    }
    case "released":
      return { title: `Handed over by ${by}`, detail: "its checkpoint is kept" };
    case "attempt-failed":
      return { title: `Attempt failed on ${by}`, detail: reason };
    case "withdrawn":
      return { title: "Which nodes can make it has changed", detail: moved };
    case "ready":
      return { title: by === "" ? "Ready" : `Ready on ${by}`, detail: null };
    case "failed":
      return { title: by === "" ? "Failed" : `Failed on ${by}`, detail: reason };
    case "lost":
      return { title: "The file is lost", detail: "its bytes were removed from outside" };
  }
}

function joined(...parts: (string | null)[]): string | null {
  return parts.filter((part) => part !== null).join("; ") || null;
}
