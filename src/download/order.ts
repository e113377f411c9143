/** @module The order of a user's list: unfinished downloads, then finished ones, newest request first in each. */

import { type Download, isFinished } from "./download.ts";

/** The fields that determine a download's position in the list. */
export type Listed = Pick<Download, "id" | "state" | "requestedAt">;

/** For `sort`. */
export function inListOrder(a: Listed, b: Listed): number {
  if (isFinished(a) !== isFinished(b)) return isFinished(a) ? 1 : -1;
  return inHistoryOrder(a, b);
}

/** Newest request first. */
export function inHistoryOrder(
  a: Pick<Download, "id" | "requestedAt">,
  b: Pick<Download, "id" | "requestedAt">,
): number {
  return b.requestedAt - a.requestedAt || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}
