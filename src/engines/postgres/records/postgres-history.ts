/** @module The history in PostgreSQL: found by its user, by its id, and by the time when it expires. */

import { encodeDownload } from "../../../download/codec.ts";
import type { Download } from "../../../download/download.ts";
import { ownerOf, userPrefix } from "../../../download/key.ts";
import type { Found, History, HistoryMatches, HistoryPage, HistorySearch } from "../../../ports/history.ts";
import { BEGINNING, matchesOf, placeAt } from "../../../ports/history-cursor.ts";
import type { Stored, Version } from "../../../ports/repo.ts";
import { foundOf, type KeyedText, listed, storedOf } from "../../../ports/stored-text.ts";
import { qualified } from "../schema/names.ts";
import { divided, Gathering } from "../session/gathering.ts";
import type { HistoryWrites } from "./history-writes.ts";
import type { Reads } from "./reads.ts";
import { column } from "./record-table.ts";
import { isStorable } from "./storable.ts";

/** Number of records read at a time. */
const CHUNK_ROWS = 250;

const STATES = ["ready", "error"] as const;
/** Newest first, after a place. */
const OLDER = "requested_at <= $1 AND (requested_at < $1 OR id > $2) ORDER BY requested_at DESC, id LIMIT $3";

interface Row {
  at: number;
  key: string;
  version: string;
  text: string;
  requestedAt: number;
  expiresAt: number;
  id: string;
}

/** A page of one user's list. */
interface Listing {
  owner: string;
  requestedAt: number;
  id: string;
  rows: number;
}

export class PostgresHistory implements History {
  readonly #reads: Reads;
  readonly #writes: HistoryWrites;
  readonly #rows: string;
  readonly #lists: Gathering<Listing, Row[]>;
  readonly #byKey: Gathering<string, Row[]>;
  readonly #sizes: Gathering<string, number>;

  constructor({ schema, reads, writes }: { schema: string; reads: Reads; writes: HistoryWrites }) {
    this.#reads = reads;
    this.#writes = writes;
    this.#rows = `SELECT key, version, doc AS text, requested_at AS "requestedAt", expires_at AS "expiresAt", id
      FROM ${qualified(schema, "history")} WHERE doc IS NOT NULL`;
    this.#lists = new Gathering((pages) => this.#listed(pages));
    this.#byKey = new Gathering((keys) => this.#keyed(keys));
    this.#sizes = new Gathering((owners) => this.#counted(owners, schema));
  }

  async put(download: Download): Promise<boolean> {
    return await this.#writes.put(download, encodeDownload(download));
  }

  async fetch(key: string): Promise<Stored | null> {
    this.#reads.checkOpen();
    if (!isStorable(key)) return null;
    const [row] = await this.#byKey.ask(key);
    return row === undefined ? null : storedOf(keyedText(row));
  }

  async find(id: string): Promise<Found | null> {
    this.#reads.checkOpen();
    if (!isStorable(id)) return null;
    const [row] = await this.#reads.ask<Row>(`${this.#rows} AND id = $1 LIMIT 1`, [id]);
    return row === undefined ? null : foundOf(keyedText(row));
  }

  async list(user: string, { limit, after }: HistoryPage): Promise<Stored[]> {
    const owner = ownerOf(userPrefix(user));
    const { requestedAt, id } = after ?? BEGINNING;
    if (!isStorable(id)) return [];
    return await this.#readable(limit, (last, rows) =>
      this.#lists.ask({
        owner,
        requestedAt: last?.requestedAt ?? requestedAt,
        id: last?.id ?? id,
        rows,
      }),
    );
  }

  async size(user: string): Promise<number> {
    return await this.#sizes.ask(ownerOf(userPrefix(user)));
  }

  async update(download: Download, version: Version): Promise<Version | null> {
    return await this.#writes.update(download, encodeDownload(download), version);
  }

  async remove(key: string): Promise<boolean> {
    this.#reads.checkOpen();
    return isStorable(key) && (await this.#writes.remove(key));
  }

  expired(until: number, limit: number): Promise<Stored[]> {
    return this.#readable(limit, (last, rows) =>
      this.#reads.ask<Row>(
        `${this.#rows} AND expires_at <= $1 AND (expires_at, key) > ($2, $3) ORDER BY expires_at, key LIMIT $4`,
        [until, last?.expiresAt ?? Number.MIN_SAFE_INTEGER, last?.key ?? "", rows],
      ),
    );
  }

  /** Merges one walk of an index for each state, so that only what is returned is read. */
  async search({ kind, state, limit, after }: HistorySearch): Promise<HistoryMatches> {
    const { requestedAt, id } = placeAt(after);
    if (kind !== undefined && !isStorable(kind)) return { found: [], next: null };
    const walks = (state ? [state] : STATES).map((one) =>
      this.#readable(limit + 1, (last, rows) => {
        const place = [last?.requestedAt ?? requestedAt, last?.id ?? id, rows, one];
        const ofKind = kind === undefined ? "" : "kind = $5 AND";
        const text = `${this.#rows} AND state = $4 AND ${ofKind} ${OLDER}`;
        return this.#reads.ask<Row>(text, kind === undefined ? place : [...place, kind]);
      }),
    );
    return matchesOf((await Promise.all(walks)).flat(), limit);
  }

  async *all(): AsyncGenerator<Stored, void, void> {
    for (let after = ""; ; ) {
      const rows = await this.#reads.ask<Row>(`${this.#rows} AND key > $1 ORDER BY key LIMIT $2`, [
        after,
        CHUNK_ROWS,
      ]);
      yield* listed(rows.map(keyedText));
      if (rows.length < CHUNK_ROWS) return;
      after = rows.at(-1)!.key;
    }
  }

  async #listed(pages: readonly Listing[]): Promise<Row[][]> {
    const rows = await this.#reads.ask<Row>(
      `SELECT o.at::int AS at, found.* FROM
         unnest($1::text[], $2::double precision[], $3::text[], $4::int[]) WITH ORDINALITY
           AS o (owner, requested_at, id, most, at)
         CROSS JOIN LATERAL (${this.#rows} AND owner = o.owner AND requested_at <= o.requested_at
           AND (requested_at < o.requested_at OR id > o.id) ORDER BY requested_at DESC, id LIMIT o.most) found
       ORDER BY o.at, found."requestedAt" DESC, found.id`,
      [column(pages, "owner"), column(pages, "requestedAt"), column(pages, "id"), column(pages, "rows")],
    );
    return divided(rows, pages.length);
  }

  async #keyed(keys: readonly string[]): Promise<Row[][]> {
    const rows = await this.#reads.ask<Row>(
      `SELECT o.at::int AS at, found.* FROM unnest($1::text[]) WITH ORDINALITY AS o (key, at)
         CROSS JOIN LATERAL (${this.#rows} AND key = o.key) found`,
      [keys],
    );
    return divided(rows, keys.length);
  }

  async #counted(owners: readonly string[], schema: string): Promise<number[]> {
    const counts = await this.#reads.ask<{ size: number }>(
      `SELECT (SELECT count(*)::int FROM ${qualified(schema, "history")} WHERE owner = o.owner AND doc IS NOT NULL) AS size
         FROM unnest($1::text[]) WITH ORDINALITY AS o (owner, at) ORDER BY o.at`,
      [owners],
    );
    return counts.map(({ size }) => size);
  }

  /** As many readable records as requested, or fewer if there are no more. */
  async #readable(
    limit: number,
    read: (last: Row | undefined, rows: number) => Promise<Row[]>,
  ): Promise<Stored[]> {
    const stored: Stored[] = [];
    for (let last: Row | undefined; stored.length < limit; ) {
      const left = Math.min(limit - stored.length, CHUNK_ROWS);
      const rows: Row[] = await read(last, left);
      stored.push(...listed(rows.map(keyedText)));
      if (rows.length < left) break;
      last = rows.at(-1);
    }
    return stored;
  }
}

function keyedText({ key, version, text }: Row): KeyedText {
  return { key, version: Number(version), text };
}
