/** @module Tells the other nodes what this one wrote, by notifications that carry the rows, or only say so. */

import type { Log } from "../../../telemetry/log.ts";
import type { Connection } from "../session/dial.ts";
import type { PostgresSession } from "../session/postgres-session.ts";
import { type Announced, type Announcing, payloadsOf } from "./announcements.ts";

/** In one statement. */
const MOST_PAYLOADS = 64;
/** The key of no row. */
const HINT = "";

/**
 * Apart from the writes: a transaction that both writes and notifies holds a lock of the whole server until it is on
 * disk, one that only notifies waits for no disk. The next statement takes whatever has come up during the last one.
 * What can't be sent is dropped, as every listener also looks by itself.
 */
export class Announcer implements Announcing {
  readonly #session: PostgresSession;
  readonly #log: Log;
  /** The latest row of each key, by channel; null for a hint. */
  #pending = new Map<string, Map<string, Announced | null>>();
  #isRunning = false;

  constructor({ session, log }: { session: PostgresSession; log: Log }) {
    this.#session = session;
    this.#log = log;
    session.onLost(() => this.#pending.clear());
  }

  announce(channel: string, row: Announced): void {
    this.#add(channel, row.key, row);
  }

  /** The channel's listeners look. */
  hint(channel: string): void {
    this.#add(channel, HINT, null);
  }

  #add(channel: string, key: string, row: Announced | null): void {
    if (this.#session.connection === null) return;
    const rows = this.#pending.get(channel) ?? new Map<string, Announced | null>();
    this.#pending.set(channel, rows.set(key, row));
    if (!this.#isRunning) void this.#run();
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    await null;
    try {
      while (this.#pending.size > 0 && this.#session.connection !== null) {
        const life = lifeOf(this.#session.connection);
        const pending = this.#pending;
        this.#pending = new Map();
        const all = [...pending].flatMap(([channel, rows]) =>
          payloadsOf(life, rows.values()).map((payload) => ({ channel, payload })),
        );
        for (let at = 0; at < all.length; at += MOST_PAYLOADS)
          await this.#send(all.slice(at, at + MOST_PAYLOADS));
      }
    } catch (error) {
      this.#pending.clear();
      if (!this.#session.closed)
        this.#log.debug({ error }, "changes could not be announced; others will look");
    } finally {
      this.#isRunning = false;
    }
  }

  async #send(some: readonly { channel: string; payload: string }[]): Promise<void> {
    const values = [some.map(({ channel }) => channel), some.map(({ payload }) => payload)];
    const text =
      "SELECT pg_notify(x.channel, x.payload) FROM unnest($1::text[], $2::text[]) AS x (channel, payload)";
    await this.#session.query(text, values);
  }
}

/** Of the server that a connection leads to. */
export function lifeOf({ life }: Pick<Connection, "life">): string {
  return life === null ? "" : `${life.system}/${life.timeline}`;
}
