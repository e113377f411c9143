/** @module The history in SQLite: found by its user, by its id, and by the time when it expires. */

import type { StatementSync } from "node:sqlite";
import { encodeDownload } from "../../download/codec.ts";
import type { Download } from "../../download/download.ts";
import { ownerOf, userPrefix } from "../../download/key.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Found, History, HistoryMatches, HistoryPage, HistorySearch } from "../../ports/history.ts";
import { BEGINNING, matchesOf, placeAt } from "../../ports/history-cursor.ts";
import type { Stored, Version } from "../../ports/repo.ts";
import { foundOf, type KeyedText, listed, storedOf } from "../../ports/stored-text.ts";
import { HistoryRows } from "./history-rows.ts";
import type { FacetContext } from "./sqlite-slots.ts";

/** How long a removed id can't be added again: a node that was suspended while archiving may still put it. */
const KEPT_AWAY_MS = 2 * 3_600_000;
/** Number of records read at a time, so that the event loop is free in between. */
const CHUNK_ROWS = 250;

const STATES = ["ready", "error"] as const;

type Row = KeyedText & { requestedAt: number; expiresAt: number; id: string };

export class SqliteHistory implements History {
  readonly #context: FacetContext;
  readonly #clock: Pick<Clock, "now">;
  readonly #rows: HistoryRows;
  readonly #byKey: StatementSync;
  readonly #byId: StatementSync;
  readonly #page: StatementSync;
  readonly #size: StatementSync;
  readonly #expired: StatementSync;
  readonly #next: StatementSync;
  readonly #kinds: StatementSync;
  readonly #ofKind: StatementSync;

  constructor(context: FacetContext, clock: Pick<Clock, "now">) {
    const { database } = context;
    this.#context = context;
    this.#clock = clock;
    this.#rows = new HistoryRows(database);
    const columns =
      "SELECT key, version, record AS text, requested_at AS requestedAt, expires_at AS expiresAt, id FROM history " +
      "WHERE record IS NOT NULL";
    this.#byKey = database.prepare(`${columns} AND key = ?`);
    this.#byId = database.prepare(`${columns} AND id = ?`);
    this.#page = database.prepare(
      `${columns} AND owner = ?1 AND requested_at <= ?2 AND (requested_at < ?2 OR id > ?3)
       ORDER BY requested_at DESC, id`,
    );
    this.#size = database.prepare(
      "SELECT count(*) AS size FROM history WHERE owner = ? AND record IS NOT NULL",
    );
    this.#expired = database.prepare(
      `${columns} AND expires_at <= ?1 AND expires_at >= ?2 AND (expires_at > ?2 OR key > ?3)
       ORDER BY expires_at, key`,
    );
    const firstKind = "SELECT min(kind) FROM history WHERE record IS NOT NULL";
    this.#kinds = database.prepare(
      `WITH RECURSIVE kinds (kind) AS (
         ${firstKind} UNION ALL SELECT (${firstKind} AND kind > kinds.kind) FROM kinds WHERE kind IS NOT NULL)
       SELECT kind FROM kinds WHERE kind IS NOT NULL`,
    );
    this.#ofKind = database.prepare(
      `${columns} AND kind = ?1 AND state = ?2 AND requested_at <= ?3 AND (requested_at < ?3 OR id > ?4)
       ORDER BY requested_at DESC, id`,
    );
    this.#next = database.prepare(`${columns} AND key > ? ORDER BY key`);
  }

  async put(download: Download): Promise<boolean> {
    const { reads, writes } = this.#context;
    reads.checkUsable();
    const text = encodeDownload(download);
    let isKept = false;
    await writes.ask({}, (next) => {
      isKept = this.add(download, text, next);
      return true;
    });
    return isKept;
  }

  async fetch(key: string): Promise<Stored | null> {
    const row = await this.#context.reads.read(() => this.#byKey.get(key) as Row | undefined);
    return row === undefined ? null : storedOf(row);
  }

  async find(id: string): Promise<Found | null> {
    const row = await this.#context.reads.read(() => this.#byId.get(id) as Row | undefined);
    return row === undefined ? null : foundOf(row);
  }

  list(user: string, { limit, after }: HistoryPage): Promise<Stored[]> {
    const owner = ownerOf(userPrefix(user));
    const { requestedAt, id } = after ?? BEGINNING;
    return this.#readable(limit, (last) =>
      this.#page.iterate(owner, last?.requestedAt ?? requestedAt, last?.id ?? id),
    );
  }

  async size(user: string): Promise<number> {
    const row = await this.#context.reads.read(() => this.#size.get(ownerOf(userPrefix(user))));
    return Number(row?.size);
  }

  async update(download: Download, version: Version): Promise<Version | null> {
    const { reads, writes } = this.#context;
    reads.checkUsable();
    const text = encodeDownload(download);
    return await writes.ask({}, (next) => this.#rows.update(download, text, next, version));
  }

  async remove(key: string): Promise<boolean> {
    const { reads, writes } = this.#context;
    reads.checkUsable();
    let wasThere = false;
    await writes.ask({}, (next) => {
      const now = this.#clock.now();
      wasThere = this.#rows.remove(key, next, now + KEPT_AWAY_MS);
      this.#rows.forget(now);
      return true;
    });
    return wasThere;
  }

  expired(until: number, limit: number): Promise<Stored[]> {
    return this.#readable(limit, (last) =>
      this.#expired.iterate(until, last?.expiresAt ?? Number.MIN_SAFE_INTEGER, last?.key ?? ""),
    );
  }

  /** Merges one walk of the index for each kind and state, so that little more is read than is returned. */
  async search({ kind, state, limit, after }: HistorySearch): Promise<HistoryMatches> {
    const { requestedAt, id } = placeAt(after);
    const kinds = kind === undefined ? await this.#allKinds() : [kind];
    const walks = kinds.flatMap((ofKind) =>
      (state ? [state] : STATES).map((inState) =>
        this.#readable(limit + 1, (last) =>
          this.#ofKind.iterate(ofKind, inState, last?.requestedAt ?? requestedAt, last?.id ?? id),
        ),
      ),
    );
    return matchesOf((await Promise.all(walks)).flat(), limit);
  }

  async *all(): AsyncGenerator<Stored, void, void> {
    for (let after = ""; ; await new Promise((resolve) => setImmediate(resolve))) {
      const rows = await this.#context.reads.read(() => firstRows(this.#next.iterate(after), CHUNK_ROWS));
      yield* listed(rows);
      if (rows.length < CHUNK_ROWS) return;
      after = rows.at(-1)!.key;
    }
  }

  /** In a transaction: adds the record unless it exists. False if its id was removed. */
  add(download: Download, text: string, next: Version): boolean {
    return this.#rows.put(download, text, next);
  }

  async #allKinds(): Promise<string[]> {
    const rows = await this.#context.reads.read(() => this.#kinds.all());
    return rows.map(({ kind }) => String(kind));
  }

  /** As many readable records as requested, or fewer if there are no more. */
  async #readable(limit: number, read: (last: Row | undefined) => Iterable<unknown>): Promise<Stored[]> {
    const stored: Stored[] = [];
    for (let last: Row | undefined; stored.length < limit; ) {
      const left = Math.min(limit - stored.length, CHUNK_ROWS);
      const rows = await this.#context.reads.read(() => firstRows(read(last), left));
      stored.push(...listed(rows));
      if (rows.length < left) break;
      last = rows.at(-1);
    }
    return stored;
  }
}

/** In place of a bound LIMIT: for each value that is bound to one, SQLite compiles the statement anew. */
function firstRows(rows: Iterable<unknown>, limit: number): Row[] {
  const first: Row[] = [];
  for (const row of rows) if (first.push(row as Row) === limit) break;
  return first;
}
