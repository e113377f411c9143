/** @module The lock that shows the server's view of a node: it is held for as long as the node's session lasts. */

import type { Clock } from "../../../ports/clock.ts";
import type { PostgresSession } from "../session/postgres-session.ts";

/** Observers hold it for a moment when they look; a lost session of this node for up to some seconds. */
const AGAIN_MS = 20;
const ATTEMPTS = 10;

/**
 * An advisory lock of the session, https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS: the
 * server releases it when the process that holds the connection ends, some milliseconds after a kill -9. It is also free
 * after a restart of the server, a failover, or when somebody ended the session: then the node takes it again.
 */
export class MemberLock {
  readonly #key: string;
  readonly #session: Pick<PostgresSession, "query">;
  readonly #clock: Pick<Clock, "sleep">;
  #isHeld = false;
  #taking: Promise<boolean> | null = null;

  constructor(key: string, session: Pick<PostgresSession, "query">, clock: Pick<Clock, "sleep">) {
    this.#key = key;
    this.#session = session;
    this.#clock = clock;
  }

  /** Null while it is not held. */
  get heldKey(): string | null {
    return this.#isHeld ? this.#key : null;
  }

  /** The session that held it is gone. */
  lose(): void {
    this.#isHeld = false;
  }

  /** True once it is held. Errors are those of `PostgresSession.query`. */
  take(): Promise<boolean> {
    this.#taking ??= this.#attempt().finally(() => {
      this.#taking = null;
    });
    return this.#taking;
  }

  async release(): Promise<void> {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    await this.#session.query("SELECT pg_advisory_unlock($1)", [this.#key]);
  }

  async #attempt(): Promise<boolean> {
    for (let attempt = 0; !this.#isHeld && attempt < ATTEMPTS; attempt += 1) {
      if (attempt > 0) await this.#clock.sleep(AGAIN_MS);
      const [row] = await this.#session.query<{ took: boolean }>("SELECT pg_try_advisory_lock($1) AS took", [
        this.#key,
      ]);
      this.#isHeld = row?.took === true;
      if (!this.#isHeld) await this.#endFormerSession();
    }
    return this.#isHeld;
  }

  /** Only a session of this process ever takes this lock exclusively: one that the server does not know to be lost. */
  async #endFormerSession(): Promise<void> {
    await this.#session.query(
      `SELECT pg_terminate_backend(pid) FROM pg_locks
       WHERE locktype = 'advisory' AND objsubid = 1 AND mode = 'ExclusiveLock' AND granted
         AND (classid::bigint << 32) | objid::bigint = $1 AND pid <> pg_backend_pid()`,
      [this.#key],
    );
  }
}
