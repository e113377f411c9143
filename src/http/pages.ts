/** @module Pagination of lists: `?limit=&after=`, and a `Link` to the next page (RFC 8288). */

import { type Listed, placeIn, placeText } from "../download/order.ts";
import type { ListPage } from "../tracker/carryout.ts";
import type { DownloadStatus } from "../tracker/status.ts";
import { HttpProblem } from "./problems.ts";

interface LimitRange {
  /** Without a limit. */
  usual: number;
  most: number;
}

const LIMITS: LimitRange = { usual: 100, most: 500 };

export interface PageQuery {
  limit?: string | undefined;
  /** Where the previous page ended: opaque to callers, and valid even if the item there is gone. */
  after?: string | undefined;
}

/** What `list` is asked for. `next` is the query of the page that follows, null on the last. Fails with `invalid-request`. */
export async function pageOf(
  list: (page: ListPage) => Promise<readonly DownloadStatus[]>,
  query: PageQuery,
): Promise<{ page: readonly DownloadStatus[]; next: string | null }> {
  const limit = pageLimit(query.limit, LIMITS);
  const after = query.after === undefined ? {} : { after: cursorOf(query.after) };
  const found = await list({ limit: limit + 1, ...after });
  const page = found.slice(0, limit);
  const last = page.at(-1)?.download;
  const hasMore = found.length > page.length && last !== undefined;
  return { page, next: hasMore ? `limit=${limit}&after=${placeText(last)}` : null };
}

/** The limit in a query: more than `most` counts as that. Fails with `invalid-request`. */
export function pageLimit(text: string | undefined, { usual, most }: LimitRange): number {
  if (text === undefined) return usual;
  const limit = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (limit >= 1) return Math.min(limit, most);
  throw invalidQuery("limit", `must be a whole number from 1 to ${most}`);
}

function cursorOf(text: string): Listed {
  const place = placeIn(text);
  if (place === null) throw invalidQuery("after", 'must be a value from a Link with rel="next"');
  return place;
}

/** `path` is the name of the parameter. */
export function invalidQuery(path: string, expected: string): HttpProblem {
  const errors = [{ path, message: expected }];
  return new HttpProblem("invalid-request", `${path} ${expected}`, { members: { errors } });
}
