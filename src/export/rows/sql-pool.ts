/** @module Statements on a pool's connections: each on its own connection, or all in one transaction. */

import { orAbort } from "./or-abort.ts";
import type { Statement } from "./sql-text.ts";

/** The result of a statement: rows as lists of values, and the columns. */
export interface SqlTable<Field> {
  readonly lists: unknown[][];
  readonly fields: readonly Field[];
}

/** A pool, independent of its library. */
export interface SqlPool<Connection, Field> {
  take(): Promise<Connection>;
  giveBack(connection: Connection): void;
  /** Closes the connection; the pool opens another one when needed. */
  destroy(connection: Connection): void;
  run(connection: Connection, statement: Statement): Promise<SqlTable<Field>>;
  /** Asks the server, over another connection, to cancel this one's statement. */
  cancel(connection: Connection): Promise<unknown>;
}

export class PooledStatements<Connection, Field> {
  readonly #pool: SqlPool<Connection, Field>;
  readonly #signal: AbortSignal;
  /** The connection of the transaction. */
  #held: Connection | null = null;

  constructor(pool: SqlPool<Connection, Field>, signal: AbortSignal) {
    this.#pool = pool;
    this.#signal = signal;
  }

  /** From here on, one connection for all statements. */
  async begin(statements: readonly string[]): Promise<void> {
    const connection = await this.#take();
    for (const text of statements) await this.#run(connection, { text, values: [] });
    this.#held = connection;
  }

  async query(statement: Statement): Promise<SqlTable<Field>> {
    const connection = this.#held ?? (await this.#take());
    const table = await this.#run(connection, statement);
    if (connection !== this.#held) this.#pool.giveBack(connection);
    return table;
  }

  /** Ends the transaction, if there is one. */
  async close(isDone: boolean): Promise<void> {
    const connection = this.#held;
    this.#held = null;
    if (connection === null) return;
    if (!isDone) return this.#pool.destroy(connection);
    await this.#run(connection, { text: "COMMIT", values: [] });
    this.#pool.giveBack(connection);
  }

  async #take(): Promise<Connection> {
    const taking = this.#pool.take();
    try {
      return await orAbort(taking, this.#signal);
    } catch (error) {
      taking.then(
        (connection) => this.#pool.giveBack(connection),
        () => {}, // the same error
      );
      throw error;
    }
  }

  /** After an error the connection is closed, as its state is unknown. On an abort the server is notified too. */
  async #run(connection: Connection, statement: Statement): Promise<SqlTable<Field>> {
    try {
      return await orAbort(this.#pool.run(connection, statement), this.#signal);
    } catch (error) {
      this.#held = null;
      this.#pool.destroy(connection);
      // The server would notice the closed connection only when it has rows to send. If cancelling fails, it only does
      // work that is no longer needed.
      if (this.#signal.aborted) this.#pool.cancel(connection).catch(() => {});
      throw error;
    }
  }
}
