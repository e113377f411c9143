/** @module The source of an export's rows: batches, each with a cursor for where the next one begins. */

import type { Json } from "../download/json.ts";

/** Some rows, and the start of the next ones. */
export interface Batch<R, Cursor extends Json = Json> {
  /** May be empty: a source that skips many rows still advances its cursor. */
  readonly rows: readonly R[];
  /**
   * The start of the next batch. It is stored in the checkpoint, so it must be JSON: a string, a number, null, true or
   * false, or arrays and objects of them, at most 16 KiB. It must differ from the cursor of the batch before: a cursor
   * that does not advance would return the same rows again after a crash.
   */
  readonly cursor: Cursor;
}

/** The request for rows. */
export interface RowsContext<Params = unknown, Cursor extends Json = Json> {
  /** The cursor of the last batch that is safely in the file; undefined at the beginning. */
  readonly after: Cursor | undefined;
  /** The parameters of the download, as returned by its schema. */
  readonly params: Params;
  /** Aborts when the rows are no longer needed: cancelled, drained, timed out. */
  readonly signal: AbortSignal;
}

/**
 * Yields rows in batches, in one order, starting after `after`. One batch at a time is held in memory, so make them as
 * long as comfortably fits: 500 to 5,000 rows.
 *
 * What follows a cursor must depend only on that cursor and on the data: not on the time, nor on where an earlier
 * attempt started. Then a download that resumes after a crash misses no row and repeats none. With the same data, the
 * same cursor must also give the same batches: the file is then the same to the byte.
 *
 * An error that it throws ends the attempt; see `UserError` for errors shown to the user. Its iterator is closed
 * (`finally` blocks run) when the rows are no longer needed.
 */
export type Rows<R, Params = unknown, Cursor extends Json = Json> = (
  context: RowsContext<Params, Cursor>,
) => AsyncIterable<Batch<R, Cursor>> | Iterable<Batch<R, Cursor>>;
