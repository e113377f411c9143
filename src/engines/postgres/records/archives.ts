/** @module Moves finished downloads to the history: several of them, over four tables, as one statement. */

import { encodeDownload } from "../../../download/codec.ts";
import { downloadKey, idOf, ownerOf } from "../../../download/key.ts";
import type { Clock } from "../../../ports/clock.ts";
import type { Archived, Stored } from "../../../ports/repo.ts";
import { qualified } from "../schema/names.ts";
import type { PostgresSession } from "../session/postgres-session.ts";
import { Batches, type Write } from "./batches.ts";
import type { Reads } from "./reads.ts";
import { column, type Written } from "./record-table.ts";
import { checkSize } from "./storable.ts";
import { nextVersion, saltOf, type VersionOptions } from "./versions.ts";

export interface ArchivesOptions extends VersionOptions {
  session: PostgresSession;
  reads: Reads;
  clock: Clock;
  closing: AbortSignal;
  /** Called for each slot that became free, and for each mark that was removed. Must not throw. */
  onFreed(slot: Written): void;
  onUnmarked(mark: Written): void;
}

interface Archiving extends Write {
  readonly expected: number;
  readonly record: string;
  readonly owner: string;
  readonly id: string;
  readonly salt: number;
  readonly requestedAt: number | null;
  readonly expiresAt: number | null;
  readonly kind: string;
  readonly state: string;
  readonly text: string;
}

interface Row {
  key: string;
  token: string;
  version: string;
  xid: string;
  record: string;
  isKept: boolean;
  markVersion: string | null;
}

export class Archives {
  readonly #options: ArchivesOptions;
  readonly #batches: Batches<Archiving, Archived>;

  constructor(options: ArchivesOptions) {
    this.#options = options;
    const { session, clock, closing } = options;
    const statement = archiveStatement(options);
    this.#batches = new Batches<Archiving, Archived>({
      session,
      clock,
      closing,
      run: async (writes) => {
        const values = COLUMNS.map((name) => column(writes, name));
        return this.#applied(await session.query<Row>(statement, values));
      },
      readBack: async (writes) => {
        const values = [column(writes, "key"), column(writes, "record"), column(writes, "token")];
        return this.#applied(await options.reads.ask<Row>(readBackStatement(options.schema), values));
      },
    });
  }

  /** Null, and nothing changes, if the slot no longer has this version. */
  async archive({ key, version, download }: Stored): Promise<Archived | null> {
    const { clock } = this.#options;
    const record = downloadKey(download.user, download.id);
    const text = encodeDownload(download);
    checkSize(record, text);
    const { requestedAt, expiresAt, kind, state } = download;
    return await this.#batches.ask({
      ...{ key, record, text, requestedAt, expiresAt, kind, state, expected: version },
      ...{ owner: ownerOf(record), id: idOf(record), token: clock.id(), salt: saltOf(clock) },
      size: text.length,
    });
  }

  #applied(rows: readonly Row[]): Map<string, Archived> {
    const answers = new Map<string, Archived>();
    for (const { key, token, version, xid, record, isKept, markVersion } of rows) {
      answers.set(token, { isKept, version: Number(version) });
      this.#options.onFreed({ key, version: Number(version), xid, text: null });
      if (markVersion === null) continue;
      this.#options.onUnmarked({ key: record, version: Number(markVersion), xid: null, text: null });
    }
    return answers;
  }
}

const COLUMNS = [
  "key",
  "expected",
  "record",
  "owner",
  "id",
  "salt",
  "token",
  "requestedAt",
  "expiresAt",
  "kind",
  "state",
  "text",
] as const;

/** An entry that the history has already is written unchanged: only this returns it even if it was added just now. */
function archiveStatement(options: VersionOptions): string {
  const of = (table: string) => qualified(options.schema, table);
  const version = nextVersion(options, "x.salt");
  return `WITH x AS MATERIALIZED (
      SELECT a.key, x.record, x.owner, x.id, x.salt, x.token, x.requested_at, x.expires_at, x.kind, x.state, x.doc
      FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::int[], $7::text[],
          $8::double precision[], $9::double precision[], $10::text[], $11::text[], $12::text[])
        AS x (key, version, record, owner, id, salt, token, requested_at, expires_at, kind, state, doc)
      JOIN ${of("slot")} a ON a.key = x.key AND a.version = x.version AND a.doc IS NOT NULL
      ORDER BY a.key FOR NO KEY UPDATE OF a),
    freed AS (
      UPDATE ${of("slot")} a SET version = ${version}, token = x.token, doc = NULL, removed_at = now(),
        xid = pg_current_xact_id()
      FROM x WHERE a.key = x.key RETURNING a.key, a.token, a.version, a.xid),
    kept AS (
      INSERT INTO ${of("history")} AS h (key, owner, id, version, token, requested_at, expires_at, kind, state, doc)
      SELECT x.record, x.owner, x.id, ${version}, x.token, x.requested_at, x.expires_at, x.kind, x.state, x.doc
      FROM x ORDER BY x.record COLLATE "C"
      ON CONFLICT (key) DO UPDATE SET version = h.version RETURNING h.key, h.doc IS NOT NULL AS is_kept),
    m AS MATERIALIZED (
      SELECT a.key, x.salt, x.token FROM ${of("mark")} a JOIN x ON a.key = x.record AND a.doc IS NOT NULL
      ORDER BY a.key FOR NO KEY UPDATE OF a),
    unmarked AS (
      UPDATE ${of("mark")} a SET version = ${nextVersion(options, "m.salt")}, token = m.token, doc = NULL,
        removed_at = now()
      FROM m WHERE a.key = m.key RETURNING a.key, a.version),
    s AS MATERIALIZED (
      SELECT a.key FROM ${of("saved")} a JOIN x ON a.key = x.record ORDER BY a.key FOR UPDATE OF a),
    dropped AS (DELETE FROM ${of("saved")} a USING s WHERE a.key = s.key)
    SELECT f.key, f.token, f.version, f.xid, x.record, k.is_kept AS "isKept", u.version AS "markVersion"
    FROM freed f JOIN x ON x.key = f.key JOIN kept k ON k.key = x.record LEFT JOIN unmarked u ON u.key = x.record`;
}

/** For slots that were freed by one of these tokens. */
function readBackStatement(schema: string): string {
  return `SELECT a.key, a.token, a.version, a.xid, x.record, NULL AS "markVersion",
      EXISTS (SELECT FROM ${qualified(schema, "history")} h WHERE h.key = x.record AND h.doc IS NOT NULL) AS "isKept"
    FROM unnest($1::text[], $2::text[], $3::text[]) AS x (key, record, token)
    JOIN ${qualified(schema, "slot")} a ON a.key = x.key AND a.token = x.token`;
}
