/** @module Rows of a SELECT, paged by key in the database. */

import { UserError } from "../../errors.ts";
import type { Batch, Rows } from "../rows.ts";
import { batchSize, keyBatches, keyColumns } from "./key-pages.ts";
import { type Key, type KeyCursor, nameOfKey } from "./key-value.ts";
import type { SqlDriver, SqlRow } from "./sql-driver.ts";
import { nullKeyStatement, type PageQuery, sameKeyStatement } from "./sql-text.ts";

export interface SqlRowsOptions<R = SqlRow, Params = unknown> {
  /** `sqliteDriver(db)`, `pgDriver(pool)` or `mysqlDriver(pool)`. */
  readonly driver: SqlDriver;
  /**
   * The SELECT, which must contain the columns of the key. It becomes a subquery, so it needs no ORDER BY, no LIMIT and
   * no condition for paging. Values belong in placeholders (`$1` for PostgreSQL, `?` for the others), never in the
   * text.
   */
  readonly select: string | ((params: Params) => string);
  /** The values of the placeholders. */
  readonly values?: (params: Params) => readonly unknown[];
  /**
   * The column or columns by which rows are ordered. They must be unique, by the database's own comparison, and never
   * null: ideally a primary key, or the columns of a unique index in its order.
   */
  readonly key: (keyof NoInfer<R> & string) | readonly (keyof NoInfer<R> & string)[];
  /** Starts with the greatest key, for example newest first. Default false. */
  readonly descending?: boolean;
  /** Rows in a batch; default 1,000. One more is read, and one batch is held in memory. */
  readonly limit?: number;
  /**
   * True reads all rows as of one moment, in a read-only transaction per attempt. Meanwhile the database keeps old
   * versions of rows. After a crash the download continues with a new snapshot. Default false.
   */
  readonly snapshot?: boolean;
}

/**
 * Rows of a SELECT by key, never by OFFSET: each batch is a separate statement that uses an index to find its start.
 * The cursor holds the key's values exactly as in the database. A row that exists throughout, and keeps its key,
 * appears once: see `keyset`. A null in any key ends the download with a `UserError` before the first batch: such rows
 * could not be paged.
 *
 * An abort cancels the current statement. Connections are returned to the pool when the rows end; after an error or an
 * abort they are closed instead.
 */
export function sqlRows<R extends object = SqlRow, Params = unknown>(
  options: SqlRowsOptions<R, Params>,
): Rows<R, Params, KeyCursor> {
  const { driver, descending = false, snapshot = false } = options;
  const key = keyColumns(options.key);
  const limit = batchSize("limit", options.limit ?? 1_000);
  return async function* ({ after, params, signal }): AsyncGenerator<Batch<R, KeyCursor>, void, undefined> {
    const select = selectOf(options, params);
    const query = { select, values: options.values?.(params) ?? [], key, descending };
    signal.throwIfAborted();
    const connection = await driver.connect({ snapshot, signal });
    let isDone = false;
    try {
      if (after === undefined && (await connection.finds((dialect) => nullKeyStatement(dialect, query)))) {
        throw new UserError(`the key ${nameOfKey(key)} must not be null in any row`, { retriable: false });
      }
      const read = (last: PageQuery["after"], atMost: number) =>
        connection.page({ ...query, after: last, limit: atMost });
      const areSame = (next: Key, last: Key) =>
        connection.finds((dialect) => sameKeyStatement(dialect, query, next, last));
      const batches = keyBatches<SqlRow>({
        columns: key,
        limit,
        after,
        signal,
        read,
        endsShort: true,
        areSame,
      });
      // The author's SELECT determines the rows, which no type can know.
      yield* batches as AsyncGenerator<Batch<R, KeyCursor>, void, undefined>;
      isDone = true;
    } finally {
      await connection.close(isDone);
    }
  };
}

function selectOf<R, Params>({ select }: SqlRowsOptions<R, Params>, params: Params): string {
  const text = typeof select === "function" ? select(params) : select;
  const trimmed = typeof text === "string" ? text.replace(/[\s;]+$/, "") : "";
  if (trimmed === "") throw new TypeError("select must be the text of a SELECT");
  return trimmed;
}
