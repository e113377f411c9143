/** @module Port: a database, as `sqlRows` needs it. */

import type { KeyPage } from "./key-pages.ts";
import type { PageQuery, SqlDialect, Statement } from "./sql-text.ts";

/** A row with a property for each column of the SELECT. */
export type SqlRow = Record<string, unknown>;

export interface SqlConnection {
  page(query: PageQuery): Promise<KeyPage<SqlRow>>;
  /** True when the statement, written in the database's own dialect, returns a row. */
  finds(write: (dialect: SqlDialect) => Statement): Promise<boolean>;
  /** After `isDone: false` it is not used again: work in progress ends as soon as the database allows. */
  close(isDone: boolean): Promise<void> | void;
}

/** A database that rows are read from: see `sqliteDriver`, `pgDriver` and `mysqlDriver`. */
export interface SqlDriver {
  /** For messages: "PostgreSQL". */
  readonly name: string;
  /**
   * With `snapshot`, all reads of the connection see the data as of its first statement. When the signal aborts,
   * waiting calls are rejected, and the database is asked to cancel their work.
   */
  connect(options: { snapshot: boolean; signal: AbortSignal }): Promise<SqlConnection>;
}
