/** @module Port: a database as `sqlRows` needs it. */

import type { KeyPage } from "./key-pages.ts";
import type { PageQuery, SqlDialect, Statement } from "./sql-text.ts";

/** A row with a property for each column of the SELECT. */
export type SqlRow = Record<string, unknown>;

export interface SqlConnection {
  page(query: PageQuery): Promise<KeyPage<SqlRow>>;
  /** True when the statement, written in the database's own dialect, gives a row. */
  finds(write: (dialect: SqlDialect) => Statement): Promise<boolean>;
  /** After `isDone: false` nothing of it is used again: what is under way ends as soon as the database allows. */
  close(isDone: boolean): Promise<void> | void;
}

/** A database that rows are read from: see `sqliteDriver`, `pgDriver` and `mysqlDriver`. */
export interface SqlDriver {
  /** For messages: "PostgreSQL". */
  readonly name: string;
  /**
   * With `snapshot` all that the connection reads is as it was at its first statement. When the signal aborts, calls
   * that wait are rejected, and the database is told to give up what it does for them.
   */
  connect(options: { snapshot: boolean; signal: AbortSignal }): Promise<SqlConnection>;
}
