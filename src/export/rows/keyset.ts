/** @module Rows from any query builder, page by page: each starts after the last key of the page before. */

import { UserError } from "../../errors.ts";
import { valueName } from "../../text/value-name.ts";
import type { Rows } from "../rows.ts";
import { batchSize, keyBatches, keyColumns } from "./key-pages.ts";
import { type KeyCursor, keyOf } from "./key-value.ts";

/** The request for one page. */
export interface PageRequest<R, Key extends keyof R & string = keyof R & string, Params = unknown> {
  /** The key of the last row before this page; undefined at the first one. */
  readonly after: { readonly [Column in Key]: R[Column] } | undefined;
  /** Maximum number of rows in the page. */
  readonly limit: number;
  readonly params: Params;
  /** For the query, if its library accepts one. */
  readonly signal: AbortSignal;
}

export interface KeysetOptions<R, Key extends keyof R & string = keyof R & string, Params = unknown> {
  /** One column, or several that are unique only together. None of their values may be null. */
  readonly key: Key | readonly Key[];
  /**
   * Reads the rows whose key comes after `after`, ordered by the key, at most `limit` of them. Only an empty page is
   * the end; a short one is not.
   */
  readonly page: (request: PageRequest<R, Key, Params>) => Promise<readonly R[]> | readonly R[];
  /** Rows in a batch; default 1,000. A page has one more. */
  readonly limit?: number;
}

/**
 * Rows in the order of a unique key that is never null. A row that exists throughout appears once, whatever is
 * inserted, deleted and changed meanwhile, and however often the download moves to another node. Rows that are
 * inserted, deleted, or given another key during the export may or may not appear.
 *
 * If the key turns out not to be unique, to be null, or not to be the order of the rows, the download ends with a
 * `UserError`, instead of a file with missing rows. The same holds for a page with more rows than requested.
 */
export function keyset<R extends object, Key extends keyof R & string = keyof R & string, Params = unknown>(
  options: KeysetOptions<R, Key, Params>,
): Rows<R, Params, KeyCursor> {
  const columns = keyColumns(options.key);
  const limit = batchSize("limit", options.limit ?? 1_000);
  return ({ after, params, signal }) =>
    keyBatches<R>({
      columns,
      limit,
      after,
      signal,
      endsShort: false,
      read: async (last, atMost) => {
        const values = last && Object.fromEntries(columns.map((column, index) => [column, last[index]]));
        const rows = await options.page({
          after: values as PageRequest<R, Key, Params>["after"],
          limit: atMost,
          params,
          signal,
        });
        checkPage(rows, atMost);
        return { rows, key: (index) => keyOf(rows[index]!, columns, index) };
      },
    });
}

function checkPage(rows: unknown, limit: number): void {
  if (!Array.isArray(rows)) throw new TypeError(`page must give a list of rows, not ${valueName(rows)}`);
  if (rows.length > limit) {
    throw new UserError(`a page must have at most ${limit} rows, not ${rows.length}: limit the query`, {
      retriable: false,
    });
  }
  const wrong = rows.findIndex((row) => typeof row !== "object" || row === null);
  if (wrong >= 0)
    throw new TypeError(`row ${wrong + 1} of a page must be an object, not ${valueName(rows[wrong])}`);
}
