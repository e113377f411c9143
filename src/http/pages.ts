/** @module Pagination of lists: `?limit=&after=`, and a `Link` to the next page (RFC 8288). */

import type { Download } from "../download/download.ts";
import type { Listed } from "../download/order.ts";
import type { ListPage } from "../tracker/carryout.ts";
import type { DownloadStatus } from "../tracker/status.ts";
import { HttpProblem } from "./problems.ts";

const DEFAULT_LIMIT = 100;
const MOST = 500;

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
  const limit = limitOf(query.limit);
  const after = query.after === undefined ? {} : { after: cursorOf(query.after) };
  const found = await list({ limit: limit + 1, ...after });
  const page = found.slice(0, limit);
  const last = page.at(-1)?.download;
  const hasMore = found.length > page.length && last !== undefined;
  return { page, next: hasMore ? `limit=${limit}&after=${textOf(last)}` : null };
}

function limitOf(text: string | undefined): number {
  if (text === undefined) return DEFAULT_LIMIT;
  const limit = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (limit >= 1) return Math.min(limit, MOST);
  throw invalid("limit", `must be a whole number from 1 to ${MOST}`);
}

const CURSOR = /^([uf])(\d{1,16})-([\w-]{1,200})$/;

function textOf({ state, requestedAt, id }: Download): string {
  return `${state === "ready" || state === "error" ? "f" : "u"}${requestedAt}-${id}`;
}

function cursorOf(text: string): Listed {
  const [, kind, requestedAt, id] = CURSOR.exec(text) ?? [];
  if (id === undefined) throw invalid("after", 'must be a value from a Link with rel="next"');
  return { state: kind === "f" ? "ready" : "pending", requestedAt: Number(requestedAt), id };
}

function invalid(path: string, expected: string): HttpProblem {
  const errors = [{ path, message: expected }];
  return new HttpProblem("invalid-request", `${path} ${expected}`, { members: { errors } });
}
