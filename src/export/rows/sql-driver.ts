/** @module Port: a database as `sqlRows` needs it. */

import type { KeyPage } from "./key-pages.ts";
import type { Key } from "./key-value.ts";

/** A row with a property for each column of the SELECT. */
export type SqlRow = Record<string, unknown>;

/** Some rows of a SELECT, in the order of a key. */
export interface PageQuery {
  /** The author's SELECT, without a semicolon at its end, and the values of its placeholders. */
  readonly select: string;
  readonly values: readonly unknown[];
  /** Columns of the SELECT. */
  readonly key: readonly string[];
  readonly descending: boolean;
  readonly after: Key | undefined;
  readonly limit: number;
}

export interface SqlConnection {
  page(query: PageQuery): Promise<KeyPage<SqlRow>>;
  /** True when a column of the key is null in any row of the SELECT. */
  hasNullKey(query: Pick<PageQuery, "select" | "values" | "key">): Promise<boolean>;
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
