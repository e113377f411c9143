/** @module The statements that read slots for watchers. */

import type { Change } from "../../../ports/change-queue.ts";
import type { Version } from "../../../ports/repo.ts";
import { qualified } from "../schema/names.ts";
import type { PostgresSession } from "../session/postgres-session.ts";
import { Snapshot } from "./snapshot.ts";

export type SlotRow = Change & { readonly xid: string };

/** Of the snapshot of all slots, at a time. */
const PAGE_ROWS = 1_000;
/** For texts of changed rows, at a time. */
const TEXTS_AT_ONCE = 500;
const DEADLINE_MS = 10_000;

interface Row {
  key: string;
  version: string;
  xid: string;
  text: string | null;
}

export class SlotLooks {
  readonly #session: PostgresSession;
  readonly #slots: string;

  constructor({ session, schema }: { session: PostgresSession; schema: string }) {
    this.#session = session;
    this.#slots = qualified(schema, "slot");
  }

  async now(): Promise<Snapshot> {
    const [row] = await this.#query<{ snap: string }>("SELECT pg_current_snapshot()::text AS snap", []);
    return new Snapshot(row!.snap);
  }

  /**
   * What changed after the cursor: the rows as they are now, without those known in this very version, and the versions
   * of all; and the cursor for the next look. One statement tells all this, so that it is the snapshot that was read.
   */
  async since(
    cursor: Snapshot,
    known: ReadonlyMap<string, { version: Version }>,
  ): Promise<{ rows: SlotRow[]; versions: Map<string, Version>; now: Snapshot }> {
    const found = await this.#query<{ snap: string; key: string | null; version: string }>(
      `SELECT s.snap, a.key, a.version FROM (SELECT pg_current_snapshot()::text AS snap) s
       LEFT JOIN ${this.#slots} a
         ON a.xid >= pg_snapshot_xmin($1::pg_snapshot) AND NOT pg_visible_in_snapshot(a.xid, $1::pg_snapshot)`,
      [cursor.text],
    );
    const versions = new Map<string, Version>();
    for (const { key, version } of found) if (key !== null) versions.set(key, Number(version));
    const keys = [...versions].filter(([key, version]) => known.get(key)?.version !== version);
    const rows: SlotRow[] = [];
    for (let at = 0; at < keys.length; at += TEXTS_AT_ONCE) {
      const some = keys.slice(at, at + TEXTS_AT_ONCE);
      rows.push(...(await this.#rows("key = ANY($1)", [some.map(([key]) => key)])));
    }
    return { rows, versions, now: new Snapshot(found[0]!.snap) };
  }

  /** All slots and tombstones, in pages. */
  async *all(): AsyncGenerator<readonly SlotRow[], void, void> {
    for (let after = ""; ; ) {
      const rows = await this.#rows(`key > $1 ORDER BY key LIMIT ${PAGE_ROWS}`, [after]);
      yield rows;
      if (rows.length < PAGE_ROWS) return;
      after = rows.at(-1)!.key;
    }
  }

  async #rows(condition: string, values: readonly unknown[]): Promise<SlotRow[]> {
    const rows = await this.#query<Row>(
      `SELECT key, version, xid, doc AS text FROM ${this.#slots} WHERE ${condition}`,
      values,
    );
    return rows.map(({ key, version, xid, text }) => ({ key, version: Number(version), xid, text }));
  }

  #query<Found extends object>(text: string, values: readonly unknown[]): Promise<Found[]> {
    return this.#session.query<Found>(text, values, { deadlineMs: DEADLINE_MS });
  }
}
