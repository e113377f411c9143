/** @module `sqlRows` on MySQL and MariaDB, with the package mysql2. */

import type { KeyPage } from "./key-pages.ts";
import { checkedKey } from "./key-value.ts";
import { isTimestamp, keyReader, type MysqlField } from "./mysql-key.ts";
import type { SqlDriver, SqlRow } from "./sql-driver.ts";
import { PooledStatements, type SqlPool } from "./sql-pool.ts";
import { toObjects } from "./sql-table.ts";
import { byColumns, type PageQuery, pageStatement, type SqlDialect } from "./sql-text.ts";

/** The required members of a connection of mysql2/promise. */
export interface MysqlConnection {
  query(options: { sql: string; values: unknown[]; rowsAsArray: true }): Promise<[unknown, unknown]>;
  release(): void;
  destroy(): void;
  /** The server's thread for this connection. */
  readonly threadId: number;
}

/** The required members of `createPool(…)` of mysql2/promise. */
export interface MysqlPool {
  getConnection(): Promise<MysqlConnection>;
  query(sql: string): Promise<unknown>;
}

const DIALECT: SqlDialect = {
  quote: "`",
  longestName: 256,
  placeholder: () => "?",
  keyText: (column) => `CAST(${column} AS CHAR)`,
  afterKey: byColumns,
};

const BEGIN = [
  "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ",
  "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
];

/**
 * Rows from MySQL or MariaDB, with a pool of the package mysql2: `mysqlDriver(createPool({ uri }))`, imported from
 * mysql2/promise. Without a snapshot a connection is used for one batch at a time; with one, for the whole attempt.
 *
 * A key may have integers, text, bytes, dates and times. Other types are refused with a `TypeError`: a client gets
 * values that do not compare in the database's order. So is a TIMESTAMP if the session's time zone may repeat hours.
 */
export function mysqlDriver(pool: MysqlPool): SqlDriver {
  const connections: SqlPool<MysqlConnection, MysqlField> = {
    take: () => pool.getConnection(),
    giveBack: (connection) => connection.release(),
    destroy: (connection) => connection.destroy(),
    run: async (connection, { text, values }) => {
      const [lists, fields] = await connection.query({ sql: text, values: [...values], rowsAsArray: true });
      return { lists: lists as unknown[][], fields: fields as MysqlField[] };
    },
    cancel: ({ threadId }) => pool.query(`KILL QUERY ${Number(threadId)}`),
  };
  return {
    name: "MySQL",
    connect: async ({ snapshot, signal }) => {
      const statements = new PooledStatements(connections, signal);
      if (snapshot) await statements.begin(BEGIN);
      return {
        page: (query) => readPage(statements, query),
        finds: async (write) => (await statements.query(write(DIALECT))).lists.length > 0,
        close: (isDone) => statements.close(isDone),
      };
    },
  };
}

type Statements = PooledStatements<MysqlConnection, MysqlField>;

async function readPage(statements: Statements, query: PageQuery): Promise<KeyPage<SqlRow>> {
  const { lists, fields } = await statements.query(pageStatement(DIALECT, query));
  const names = fields.map(({ name }) => name).slice(0, fields.length - query.key.length);
  const keys = query.key.map((column) => {
    const place = names.indexOf(column);
    const field = fields[place];
    if (field === undefined) throw new TypeError(`the SELECT has no column that is written "${column}"`);
    return { place, field, read: keyReader(column, field) };
  });
  if (keys.some(({ field }) => isTimestamp(field))) await checkTimeZone(statements);
  return {
    rows: toObjects(lists, names),
    key: (index) => {
      const list = lists[index]!;
      const values = keys.map(({ place, read }, at) => read(list[place], list[names.length + at]));
      return checkedKey(values, query.key, index);
    },
  };
}

/** In a zone with daylight saving time one hour occurs twice: its TIMESTAMPs can't be distinguished by their text. */
async function checkTimeZone(statements: Statements): Promise<void> {
  const text = "SELECT @@session.time_zone, @@system_time_zone";
  const { lists } = await statements.query({ text, values: [] });
  const [session, system] = lists[0] as [string, string];
  const zone = session === "SYSTEM" ? system : session;
  if (/^([+-]\d{1,2}:\d\d|UTC|Etc\/UTC|GMT)$/.test(zone)) return;
  throw new TypeError(
    `a TIMESTAMP in the key needs connections in UTC, not in the time zone "${zone}": SET time_zone = '+00:00'`,
  );
}
