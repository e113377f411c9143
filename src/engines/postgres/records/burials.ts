/** @module Removes the work on downloads, whatever its versions. */

import type { Clock } from "../../../ports/clock.ts";
import { qualified } from "../schema/names.ts";
import type { PostgresSession } from "../session/postgres-session.ts";
import { Batches, type Write } from "./batches.ts";
import { column, type Written } from "./record-table.ts";
import { isStorable } from "./storable.ts";
import { nextVersion, saltOf, type VersionOptions } from "./versions.ts";

export interface BurialsOptions extends VersionOptions {
  session: PostgresSession;
  clock: Clock;
  closing: AbortSignal;
  /** Called for each tombstone that was left. Must not throw. */
  onWritten(written: Written): void;
}

type Burial = Write & { readonly salt: number };

/** A removal always leaves a new tombstone, so that watchers are told. Repeating one changes nothing but its version. */
export class Burials {
  readonly #options: BurialsOptions;
  readonly #batches: Batches<Burial, true>;

  constructor(options: BurialsOptions) {
    this.#options = options;
    const { session, clock, closing } = options;
    const statement = buryStatement(options);
    this.#batches = new Batches<Burial, true>({
      session,
      clock,
      closing,
      run: async (writes) => {
        const values = [column(writes, "key"), column(writes, "salt"), column(writes, "token")];
        const rows = await session.query<{ key: string; token: string; version: string }>(statement, values);
        for (const { key, version } of rows)
          options.onWritten({ key, version: Number(version), xid: null, text: null });
        return new Map(rows.map(({ token }) => [token, true]));
      },
      readBack: async () => new Map(),
    });
  }

  async bury(key: string): Promise<void> {
    if (!isStorable(key)) return;
    const { clock } = this.#options;
    await this.#batches.ask({ key, token: clock.id(), salt: saltOf(clock), size: key.length });
  }
}

function buryStatement(options: BurialsOptions): string {
  const { schema } = options;
  const saved = qualified(schema, "saved");
  return `WITH x AS MATERIALIZED (
      SELECT * FROM unnest($1::text[], $2::int[], $3::text[]) AS x (key, salt, token)),
    s AS MATERIALIZED (SELECT a.key FROM ${saved} a JOIN x ON a.key = x.key ORDER BY a.key FOR UPDATE OF a),
    dropped AS (DELETE FROM ${saved} a USING s WHERE a.key = s.key)
    INSERT INTO ${qualified(schema, "mark")} AS a (key, version, token, removed_at)
    SELECT x.key, ${nextVersion(options, "x.salt")}, x.token, now() FROM x ORDER BY x.key COLLATE "C"
    ON CONFLICT (key) DO UPDATE SET version = ${nextVersion(options, "excluded.version")}, token = excluded.token,
      doc = NULL, removed_at = now()
    RETURNING a.key, a.token, a.version`;
}
