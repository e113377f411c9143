/** @module Removes old tombstones: every node does, and steps over the rows that another one has locked. */

import type { Cancel, Clock } from "../../../ports/clock.ts";
import { jittered } from "../../../ports/retry.ts";
import type { Log } from "../../../telemetry/log.ts";
import { qualified } from "../schema/names.ts";
import type { Patience } from "../session/patience.ts";
import type { PostgresSession } from "../session/postgres-session.ts";

const SWEEP_EVERY_MS = 600_000;
const AT_ONCE = 500;
/** Twenty times as long as a watcher may go without looking. */
const SLOT_TOMBSTONE_AGE_MS = 600_000;
/** Watchers of marks read all of them, so tombstones only make removals known that were of nothing. */
const MARK_TOMBSTONE_AGE_MS = 60_000;

export interface SweeperOptions {
  schema: string;
  session: PostgresSession;
  patience: Patience;
  clock: Clock;
  log: Log;
  closing: AbortSignal;
  /** Of slots and marks, in milliseconds, instead of the default. */
  tombstoneAgeMs?: number | undefined;
}

export class Sweeper {
  readonly #options: SweeperOptions;
  #cancel: Cancel = () => {};

  constructor(options: SweeperOptions) {
    this.#options = options;
    options.closing.addEventListener("abort", () => this.#cancel(), { once: true });
  }

  /** Sweeps about every ten minutes from now on. */
  start(): void {
    const { clock } = this.#options;
    this.#cancel = clock.after(jittered(clock, SWEEP_EVERY_MS), () => void this.#sweepInTurn());
  }

  /** How many tombstones were removed. The cost grows with these. Errors: `unavailable`, `closed`. */
  async sweep(): Promise<number> {
    const { schema, tombstoneAgeMs } = this.#options;
    const isOld = (ms: number) => `removed_at < now() - ${tombstoneAgeMs ?? ms} * interval '1 millisecond'`;
    const now = "extract(epoch FROM now()) * 1000";
    return (
      (await this.#sweep(qualified(schema, "slot"), isOld(SLOT_TOMBSTONE_AGE_MS), "removed_at")) +
      (await this.#sweep(qualified(schema, "mark"), isOld(MARK_TOMBSTONE_AGE_MS), "removed_at")) +
      (await this.#sweep(qualified(schema, "history"), `doc IS NULL AND expires_at <= ${now}`, "expires_at"))
    );
  }

  async #sweep(table: string, condition: string, order: string): Promise<number> {
    const { session, patience } = this.#options;
    const statement = `WITH swept AS (
        DELETE FROM ${table} WHERE key IN (
          SELECT key FROM ${table} WHERE ${condition} ORDER BY ${order} LIMIT ${AT_ONCE} FOR UPDATE SKIP LOCKED)
        RETURNING 1)
      SELECT count(*)::int AS count FROM swept`;
    let removed = 0;
    for (;;) {
      const [row] = await patience.ask(session, () => session.query<{ count: number }>(statement));
      removed += row!.count;
      if (row!.count < AT_ONCE) return removed;
    }
  }

  async #sweepInTurn(): Promise<void> {
    const { log, closing } = this.#options;
    try {
      await this.sweep();
    } catch (error) {
      if (!closing.aborted) log.warn({ error }, "tombstones could not be swept; will retry");
    }
    if (!closing.aborted) this.start();
  }
}
