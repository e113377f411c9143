/** @module Rows from any iterable that gives them one by one. */

import type { Json } from "../../download/json.ts";
import { UserError } from "../../errors.ts";
import type { Batch, Rows, RowsContext } from "../rows.ts";
import { batchSize } from "./key-pages.ts";

export interface BatchedOptions<R, Cursor extends Json> {
  /** Rows in a batch; default 1,000. */
  readonly size?: number;
  /**
   * The start of the rows after this one: passed to the source as `after`. Must differ from row to row. If omitted,
   * rows are counted: see `batched`.
   */
  readonly cursor?: (row: R) => Cursor;
}

/** For example a generator function. */
export type RowSource<R, Params, Cursor extends Json> = (
  context: RowsContext<Params, Cursor>,
) => AsyncIterable<R> | Iterable<R>;

/**
 * Rows from an iterable that can start after `after`, which `cursor` returned for a row. Stopping early calls its
 * `return()`, so that a `finally` in a generator function runs.
 *
 * Without `cursor` the rows are counted, and a resumed download reads and skips those it has: only for sources that
 * give the same rows in the same order every time. `after` is then the number of rows to skip, for information.
 */
export function batched<R, Cursor extends Json = number, Params = unknown>(
  source: RowSource<R, Params, Cursor>,
  { size = 1_000, cursor }: BatchedOptions<R, Cursor> = {},
): Rows<R, Params, Cursor> {
  const most = batchSize("size", size);
  return async function* (context): AsyncGenerator<Batch<R, Cursor>, void, undefined> {
    const skipped = cursor === undefined ? Number(context.after ?? 0) : 0;
    let count = 0;
    let rows: R[] = [];
    const batch = () => {
      const full = { rows, cursor: cursor === undefined ? (count as Cursor) : cursor(rows.at(-1)!) };
      rows = [];
      return full;
    };
    for await (const row of source(context)) {
      context.signal.throwIfAborted();
      count += 1;
      if (count <= skipped) continue;
      rows.push(row);
      if (rows.length === most) yield batch();
    }
    if (count < skipped) {
      throw new UserError("the source of the rows has fewer rows than it had before", { retriable: false });
    }
    if (rows.length > 0) yield batch();
  };
}
