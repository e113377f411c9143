/** @module The rows of the history table. */

import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Download } from "../../download/download.ts";
import { downloadKey, idOf, ownerOf } from "../../download/key.ts";
import type { Version } from "../../ports/repo.ts";

/** Statements for one connection, to be run in a transaction. */
export class HistoryRows {
  readonly #insert: StatementSync;
  readonly #update: StatementSync;
  readonly #remove: StatementSync;
  readonly #keepAway: StatementSync;
  readonly #forget: StatementSync;
  readonly #isThere: StatementSync;

  constructor(database: DatabaseSync) {
    this.#insert = database.prepare(
      `INSERT INTO history (key, owner, id, version, requested_at, expires_at, record) VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (key) DO NOTHING`,
    );
    this.#update = database.prepare(
      `UPDATE history SET version = ?, requested_at = ?, expires_at = ?, record = ?
       WHERE key = ? AND version = ? AND record IS NOT NULL`,
    );
    this.#remove = database.prepare(
      "UPDATE history SET version = ?, expires_at = ?, record = NULL WHERE key = ? AND record IS NOT NULL",
    );
    this.#keepAway = database.prepare(
      `INSERT INTO history (key, owner, id, version, expires_at) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (key) DO UPDATE SET expires_at = max(expires_at, excluded.expires_at)`,
    );
    this.#forget = database.prepare("DELETE FROM history WHERE record IS NULL AND expires_at <= ?");
    this.#isThere = database.prepare("SELECT record IS NOT NULL AS isThere FROM history WHERE key = ?");
  }

  /** Adds a record unless it exists. False if its id was removed. */
  put(download: Download, text: string, version: Version): boolean {
    const { user, id, requestedAt, expiresAt } = download;
    const key = downloadKey(user, id);
    const { changes } = this.#insert.run(key, ownerOf(key), id, version, requestedAt, expiresAt, text);
    return changes === 1 || this.#isThere.get(key)?.isThere === 1;
  }

  update(download: Download, text: string, version: Version, expected: Version): boolean {
    const { user, id, requestedAt, expiresAt } = download;
    const key = downloadKey(user, id);
    return this.#update.run(version, requestedAt, expiresAt, text, key, expected).changes === 1;
  }

  /** True if it existed. Either way its id can't be added before the given time. */
  remove(key: string, version: Version, until: number): boolean {
    if (this.#remove.run(version, until, key).changes === 1) return true;
    this.#keepAway.run(key, ownerOf(key), idOf(key), version, until);
    return false;
  }

  /** Forgets removed ids whose time has passed. */
  forget(now: number): void {
    this.#forget.run(now);
  }
}
