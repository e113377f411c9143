/** @module The order of a user's list: unfinished downloads, then finished ones, newest request first in each. */

import { type Download, isFinished } from "./download.ts";

/** The fields that determine a download's position in the list. */
export type Listed = Pick<Download, "id" | "state" | "requestedAt">;

const PLACE = /^([uf])(\d{1,16})-([\w-]{1,200})$/;

/** The position as text: letters, digits, "-" and "_". */
export function placeText(listed: Listed): string {
  return `${isFinished(listed) ? "f" : "u"}${listed.requestedAt}-${listed.id}`;
}

/** The position that `placeText` wrote; null for any other text. */
export function placeIn(text: string): Listed | null {
  const [, stage, requestedAt, id] = PLACE.exec(text) ?? [];
  if (id === undefined) return null;
  return { state: stage === "f" ? "ready" : "pending", requestedAt: Number(requestedAt), id };
}

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
