/** @module `sqlRows` on PostgreSQL, with the package pg. */

import { checkedKey } from "./key-value.ts";
import type { SqlDriver } from "./sql-driver.ts";
import { PooledStatements, type SqlPool } from "./sql-pool.ts";
import { toObjects } from "./sql-table.ts";
import { byRowValue, pageStatement, type SqlDialect } from "./sql-text.ts";

/** The required members of a client of pg. */
export interface PgClient {
  query(query: { text: string; values: unknown[]; rowMode: "array" }): Promise<PgResult>;
  /** True closes the connection instead of returning it to the pool. */
  release(destroy?: boolean): void;
  on(event: "error", listener: (error: Error) => void): unknown;
  removeListener(event: "error", listener: (error: Error) => void): unknown;
  /** The server's process for this connection. */
  readonly processID?: number | null;
}

export interface PgResult {
  readonly rows: unknown[][];
  readonly fields: { readonly name: string }[];
}

/** The required members of `new Pool(…)` of pg. */
export interface PgPool {
  connect(): Promise<PgClient>;
  query(text: string, values: unknown[]): Promise<unknown>;
}

/**
 * A key is compared in the database, by the database's text of it: a `timestamptz` keeps its microseconds, a `bigint`
 * or `numeric` its digits, and text is ordered by its collation.
 */
const DIALECT: SqlDialect = {
  quote: '"',
  longestName: 63,
  placeholder: (position) => `$${position}`,
  keyText: (column) => `${column}::text`,
  afterKey: byRowValue,
};

const BEGIN = ["BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"];

/** A connection lost between two queries emits an error event, which would end the process without a listener. */
function failsAtTheNextQuery(): void {}

/**
 * Rows from PostgreSQL, with a pool of the package pg: `pgDriver(new Pool({ connectionString }))`. A single client does
 * not suffice: concurrent downloads need a connection each. Without a snapshot a connection is used for one batch at a
 * time; with one, for the whole attempt.
 */
export function pgDriver(pool: PgPool): SqlDriver {
  const connections: SqlPool<PgClient, PgResult["fields"][number]> = {
    take: async () => {
      const client = await pool.connect();
      client.on("error", failsAtTheNextQuery);
      return client;
    },
    giveBack: (client) => {
      client.removeListener("error", failsAtTheNextQuery);
      client.release();
    },
    destroy: (client) => client.release(true),
    run: async (client, { text, values }) => {
      const { rows, fields } = await client.query({ text, values: [...values], rowMode: "array" });
      return { lists: rows, fields };
    },
    cancel: async ({ processID }) => {
      if (typeof processID === "number") await pool.query("SELECT pg_cancel_backend($1)", [processID]);
    },
  };
  return {
    name: "PostgreSQL",
    connect: async ({ snapshot, signal }) => {
      const statements = new PooledStatements(connections, signal);
      if (snapshot) await statements.begin(BEGIN);
      return {
        page: async (query) => {
          const { lists, fields } = await statements.query(pageStatement(DIALECT, query));
          const names = fields.map(({ name }) => name).slice(0, fields.length - query.key.length);
          return {
            rows: toObjects(lists, names),
            key: (index) => checkedKey(lists[index]!.slice(names.length), query.key, index),
          };
        },
        finds: async (write) => (await statements.query(write(DIALECT))).lists.length > 0,
        close: (isDone) => statements.close(isDone),
      };
    },
  };
}
