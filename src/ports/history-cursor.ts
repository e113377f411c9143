/** @module The place in a search of the history as text, for adapters whose order is that of requests. */

import type { Download } from "../download/download.ts";
import { CarryoutError } from "../errors.ts";
import type { HistoryPlace } from "./history.ts";

const CURSOR = /^(-?\d{1,16}(?:\.\d{1,16})?)~([\w-]{1,200})$/;

export function cursorAt({ requestedAt, id }: Pick<Download, "requestedAt" | "id">): string {
  return `${requestedAt}~${id}`;
}

/** Fails with `invalid-request`. */
export function placeAt(cursor: string): HistoryPlace {
  const [, requestedAt, id] = CURSOR.exec(cursor) ?? [];
  if (id === undefined) throw invalidCursor();
  return { requestedAt: Number(requestedAt), id };
}

export function invalidCursor(): CarryoutError {
  return new CarryoutError("invalid-request", '"after" must be what the previous answer gave as "next"');
}
