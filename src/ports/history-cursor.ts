/** @module Pages of a history that is in order of requests: its first place, and places as text. */

import type { Download } from "../download/download.ts";
import { inHistoryOrder } from "../download/order.ts";
import { CarryoutError } from "../errors.ts";
import type { HistoryMatches, HistoryPlace } from "./history.ts";
import type { Stored } from "./stored.ts";

const CURSOR = /^(-?\d{1,16}(?:\.\d{1,16})?)~([\w-]{1,200})$/;

/** Sorts before every record. */
export const BEGINNING: HistoryPlace = { requestedAt: Number.MAX_SAFE_INTEGER, id: "" };

/** The answer of `search`, given the matches after its place: one more than `limit` if there are more. */
export function matchesOf(matching: Stored[], limit: number): HistoryMatches {
  matching.sort((a, b) => inHistoryOrder(a.download, b.download));
  const found = matching.slice(0, limit);
  const last = matching.length > limit ? found.at(-1) : undefined;
  return { found, next: last ? cursorAt(last.download) : null };
}

function cursorAt({ requestedAt, id }: Pick<Download, "requestedAt" | "id">): string {
  return `${requestedAt}~${id}`;
}

/** The place of `next`. Fails with `invalid-request`. */
export function placeAt(cursor: string | undefined): HistoryPlace {
  if (cursor === undefined) return BEGINNING;
  const [, requestedAt, id] = CURSOR.exec(cursor) ?? [];
  if (id === undefined) throw invalidCursor();
  return { requestedAt: Number(requestedAt), id };
}

export function invalidCursor(): CarryoutError {
  return new CarryoutError("invalid-request", '"after" must be what the previous answer gave as "next"');
}
