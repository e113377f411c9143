/** @module After a failover, gives what it kept new versions, greater than those that it lost. */

import { messageOf } from "../../../errors.ts";
import type { Log } from "../../../telemetry/log.ts";
import { qualified } from "../schema/names.ts";
import type { Patience } from "../session/patience.ts";
import type { PostgresSession } from "../session/postgres-session.ts";
import { nextVersion, OLDEST_OF_TIMELINE, type VersionOptions } from "./versions.ts";

/** One transaction for more would delay the writes behind it. */
const AT_ONCE = 500;

export interface RenewalOptions extends VersionOptions {
  session: PostgresSession;
  patience: Patience;
  log: Log;
  closing: AbortSignal;
}

/**
 * Nodes ignore a record that is older than the one they know. If a failover lost the one they know, they would ignore what
 * is stored, for ever: so every record that is from before the current timeline is written again, unchanged. Each node
 * sees to it whenever it connects; for all but the first there is nothing left to do.
 */
export class Renewal {
  readonly #options: RenewalOptions;
  #last: Promise<void> = Promise.resolve();

  constructor(options: RenewalOptions) {
    this.#options = options;
  }

  /** From now on; resolves after the first time. Failures are logged; the next connection tries again. */
  async start(): Promise<void> {
    const { session, tellsTimeline, closing, log } = this.#options;
    if (!tellsTimeline) return;
    const failed = (error: unknown) => {
      if (!closing.aborted)
        log.warn({ reason: messageOf(error) }, "records from before a failover not renewed yet");
    };
    session.onConnect(() => {
      this.#last = this.#last.then(() => this.#renew()).catch(failed);
    });
    await this.#last;
  }

  async #renew(): Promise<void> {
    let renewed = 0;
    for (const table of ["slot", "mark", "saved"] as const) renewed += await this.#renewIn(table);
    if (renewed > 0) this.#options.log.info({ records: renewed }, "records from before a failover renewed");
  }

  async #renewIn(table: "slot" | "mark" | "saved"): Promise<number> {
    const { session, patience } = this.#options;
    const statement = renewStatement(this.#options, table);
    for (let renewed = 0; ; ) {
      const [row] = await patience.ask(session, () =>
        session.query<{ renewed: number; wasLeft: boolean }>(statement),
      );
      renewed += row!.renewed;
      if (!row!.wasLeft) return renewed;
    }
  }
}

/** Keeps the token: the node that wrote it may not have its answer yet. */
function renewStatement(options: VersionOptions, table: "slot" | "mark" | "saved"): string {
  const name = qualified(options.schema, table);
  const isOld = `a.version < ${OLDEST_OF_TIMELINE} AND a.doc IS NOT NULL`;
  return `WITH l AS MATERIALIZED (
      SELECT a.key FROM ${name} a WHERE ${isOld} ORDER BY a.key LIMIT ${AT_ONCE} FOR NO KEY UPDATE OF a),
    u AS (
      UPDATE ${name} a SET version = ${nextVersion(options, "0")}${table === "slot" ? ", xid = pg_current_xact_id()" : ""}
      FROM l WHERE a.key = l.key RETURNING 1)
    SELECT (SELECT count(*)::int FROM u) AS renewed, EXISTS (SELECT FROM ${name} a WHERE ${isOld}) AS "wasLeft"`;
}
