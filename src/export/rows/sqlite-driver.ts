/** @module `sqlRows` on SQLite, with node:sqlite or better-sqlite3. */

import type { KeyPage } from "./key-pages.ts";
import { keyOf } from "./key-value.ts";
import type { SqlConnection, SqlDriver, SqlRow } from "./sql-driver.ts";
import { byRowValue, type PageQuery, pageStatement, type SqlDialect, type Statement } from "./sql-text.ts";

/** The required members of a `DatabaseSync` of node:sqlite, or of a `Database` of better-sqlite3. */
export interface SqliteDatabase {
  prepare(sql: string): SqliteStatement;
  exec(sql: string): unknown;
  close(): unknown;
}

export interface SqliteStatement {
  // Both libraries type their values more narrowly, and differently.
  all(...values: never[]): unknown[];
  /** Of node:sqlite. */
  setReadBigInts?(enabled: boolean): unknown;
  /** Of better-sqlite3. */
  safeIntegers?(enabled: boolean): unknown;
}

export interface SqliteDriverOptions {
  /** True reads every integer as a bigint, for values beyond 2^53 - 1. Default false. */
  readonly bigints?: boolean;
}

const DIALECT: SqlDialect = {
  quote: '"',
  longestName: 1_000,
  placeholder: () => "?",
  keyText: null,
  afterKey: byRowValue,
};

/**
 * Rows from SQLite: `sqliteDriver(db)`, or `sqliteDriver(() => new DatabaseSync(path, { readOnly: true }))` for a
 * separate connection per attempt, which is closed at its end. Only the latter can hold a snapshot, which requires a
 * database in WAL mode: in other modes a reader would block every writer.
 *
 * Reading a batch blocks the process for as long as it takes; a running statement can't be aborted.
 */
export function sqliteDriver(
  database: SqliteDatabase | (() => SqliteDatabase),
  { bigints = false }: SqliteDriverOptions = {},
): SqlDriver {
  return {
    name: "SQLite",
    connect: async ({ snapshot }) => {
      if (typeof database !== "function") {
        if (snapshot) {
          throw new TypeError(
            "a snapshot of SQLite needs a connection of its own: sqliteDriver(() => new DatabaseSync(path))",
          );
        }
        return new SqliteConnection(database, bigints, () => {});
      }
      const own = database();
      try {
        if (snapshot) begin(own);
        return new SqliteConnection(own, bigints, () => own.close());
      } catch (error) {
        own.close();
        throw error;
      }
    },
  };
}

function begin(database: SqliteDatabase): void {
  const [row] = database.prepare("PRAGMA journal_mode").all() as { journal_mode?: unknown }[];
  if (row?.journal_mode !== "wal") {
    throw new TypeError(
      `a snapshot of SQLite needs the journal mode "wal", not ${JSON.stringify(row?.journal_mode)}: PRAGMA journal_mode = wal`,
    );
  }
  database.exec("BEGIN");
}

class SqliteConnection implements SqlConnection {
  readonly #database: SqliteDatabase;
  readonly #bigints: boolean;
  readonly close: () => void;

  constructor(database: SqliteDatabase, bigints: boolean, close: () => void) {
    this.#database = database;
    this.#bigints = bigints;
    this.close = close;
  }

  async page(query: PageQuery): Promise<KeyPage<SqlRow>> {
    const rows = this.#all(pageStatement(DIALECT, query)) as SqlRow[];
    return { rows, key: (index) => keyOf(rows[index]!, query.key, index) };
  }

  async finds(write: (dialect: SqlDialect) => Statement): Promise<boolean> {
    return this.#all(write(DIALECT)).length > 0;
  }

  #all({ text, values }: Statement): unknown[] {
    const statement = this.#database.prepare(text);
    if (this.#bigints) {
      statement.setReadBigInts?.(true);
      statement.safeIntegers?.(true);
    }
    return statement.all(...(values as never[]));
  }
}
