/** @module Where the rows of an export come from: batches, each with a cursor that says where the next one begins. */

import type { Json } from "../download/json.ts";

/** Some rows, and where the next ones begin. */
export interface Batch<R, Cursor extends Json = Json> {
  /** May be empty: a source that skips much moves its cursor all the same. */
  readonly rows: readonly R[];
  /**
   * Where the batch after this one begins. It is kept in the checkpoint, so it must be JSON: a string, a number,
   * null, true or false, or arrays and objects of them; at most 16 KiB of it. It must differ from the cursor of the
   * batch before: a cursor that stays where it is would give the same rows again after a crash.
   */
  readonly cursor: Cursor;
}

/** What rows are asked for with. */
export interface RowsContext<Params = unknown, Cursor extends Json = Json> {
  /** The cursor of the last batch that is safely in the file; undefined at the beginning. */
  readonly after: Cursor | undefined;
  /** The parameters of the download, as its schema made them. */
  readonly params: Params;
  /** Aborts when nobody wants the rows any more: cancelled, drained, timed out. */
  readonly signal: AbortSignal;
}

/**
 * Gives rows in batches, in one order, beginning behind `after`. Memory holds one batch at a time, so make them as
 * long as fits comfortably: 500 to 5,000 rows.
 *
 * What follows a cursor depends on that cursor (and on the data) alone: not on the time, and not on where an
 * earlier attempt began. Then a download that goes on after a crash misses no row and repeats none. With the same
 * data, the same cursor also gives the same batches: the file is the same to the byte.
 *
 * An error that it throws ends the attempt; see `UserError` for one that the user may read. Its iterator is closed
 * (`finally` blocks run) when the rows are not wanted any more.
 */
export type Rows<R, Params = unknown, Cursor extends Json = Json> = (
  context: RowsContext<Params, Cursor>,
) => AsyncIterable<Batch<R, Cursor>> | Iterable<Batch<R, Cursor>>;
