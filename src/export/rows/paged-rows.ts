/** @module Rows from an API that returns pages, each with a token for the next one. */

import { canonicalJson, type Json } from "../../download/json.ts";
import { UserError } from "../../errors.ts";
import { valueName } from "../../text/value-name.ts";
import type { Batch, Rows } from "../rows.ts";

export interface ApiPageRequest<Next extends Json, Params> {
  /** The `next` of the page before; undefined for the first page. */
  readonly next: Next | undefined;
  readonly params: Params;
  /** For `fetch`. */
  readonly signal: AbortSignal;
}

export interface ApiPage<R, Next extends Json> {
  readonly rows: readonly R[];
  /** A token, the address of the next page, or any other JSON; null or undefined on the last page. */
  readonly next?: Next | null | undefined;
}

export interface PagedRowsOptions<R, Next extends Json, Params> {
  readonly page: (request: ApiPageRequest<Next, Params>) => Promise<ApiPage<R, Next>>;
  /** Maximum number of rows in a page; default 10,000. */
  readonly maxPageRows?: number;
}

/** The token for the next page; null after the last one. */
export type PageCursor<Next extends Json = Json> = { next: Next | null };

/**
 * Rows of an API's pages, a batch each. After a crash the download continues with the first page it does not have yet,
 * so each row appears once if the API pages by value or keeps its results; one that pages by number ("page=7") may
 * repeat or omit rows when others are added or removed.
 *
 * A page that leads back to an earlier one ends the download with a `UserError`, and so does a page with too many rows.
 */
export function pagedRows<R, Next extends Json = Json, Params = unknown>({
  page,
  maxPageRows = 10_000,
}: PagedRowsOptions<R, Next, Params>): Rows<R, Params, PageCursor<Next>> {
  return async function* ({
    after,
    params,
    signal,
  }): AsyncGenerator<Batch<R, PageCursor<Next>>, void, undefined> {
    const loop = new LoopDetector();
    let next = after?.next;
    while (next !== null) {
      signal.throwIfAborted();
      const given = await page({ next, params, signal });
      checkPage(given, maxPageRows);
      next = given.next ?? null;
      if (next !== null && loop.closes(canonicalJson(next))) {
        throw new UserError("the pages of the rows' source lead back to an earlier page", {
          retriable: false,
        });
      }
      yield { rows: given.rows, cursor: { next } };
    }
  };
}

function checkPage(page: ApiPage<unknown, Json>, most: number): void {
  if (!Array.isArray(page?.rows))
    throw new TypeError(`page must give { rows, next }, not ${valueName(page)}`);
  if (page.rows.length > most) {
    throw new UserError(`a page must have at most ${most} rows, not ${page.rows.length}`, {
      retriable: false,
    });
  }
}

/**
 * Detects a loop by comparing with the value at the last power of two steps, so with a single value in memory, whatever
 * the loop's length (R. P. Brent, An improved Monte Carlo factorization algorithm, BIT 20, 1980).
 */
class LoopDetector {
  #kept: string | null = null;
  #steps = 0;
  #power = 1;

  closes(value: string): boolean {
    if (value === this.#kept) return true;
    this.#steps += 1;
    if (this.#steps === this.#power) {
      this.#kept = value;
      this.#steps = 0;
      this.#power *= 2;
    }
    return false;
  }
}
