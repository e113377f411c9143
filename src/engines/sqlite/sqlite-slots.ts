/** @module The slots in SQLite. */

import type { DatabaseSync, StatementSync } from "node:sqlite";
import { encodeDownload } from "../../download/codec.ts";
import type { Download } from "../../download/download.ts";
import { keyOf, userPrefix } from "../../download/key.ts";
import type { Stored, Version } from "../../ports/repo.ts";
import type { SlotEvent, Slots } from "../../ports/slots.ts";
import { isDamaged, type KeyedText, listed, storedOf } from "../../ports/stored-text.ts";
import type { SqliteChanges } from "./sqlite-changes.ts";
import { translated } from "./sqlite-errors.ts";
import type { SqliteReads } from "./sqlite-reads.ts";
import type { SqliteWrites } from "./sqlite-writes.ts";

const SLOTS = ["slots"] as const;

export interface FacetContext {
  database: DatabaseSync;
  path: string;
  reads: SqliteReads;
  writes: SqliteWrites;
}

export class SqliteSlots implements Slots {
  readonly #context: FacetContext;
  readonly #changes: SqliteChanges<SlotEvent>;
  readonly #byKey: StatementSync;
  readonly #byRange: StatementSync;
  readonly #insert: StatementSync;
  readonly #update: StatementSync;
  readonly #remove: StatementSync;

  constructor(context: FacetContext, changes: SqliteChanges<SlotEvent>) {
    const { database } = context;
    this.#context = context;
    this.#changes = changes;
    const columns = "SELECT key, version, record AS text FROM slots WHERE record IS NOT NULL";
    this.#byKey = database.prepare(`${columns} AND key = ?`);
    this.#byRange = database.prepare(`${columns} AND key >= ? AND key < ?`);
    this.#insert = database.prepare(
      `INSERT INTO slots (version, key, record) VALUES (?1, ?2, ?3)
       ON CONFLICT (key) DO UPDATE SET version = ?1, record = ?3 WHERE record IS NULL`,
    );
    this.#update = database.prepare(
      "UPDATE slots SET version = ?, record = ? WHERE version = ? AND key = ? AND record IS NOT NULL",
    );
    this.#remove = database.prepare(
      "UPDATE slots SET version = ?, record = NULL WHERE version = ? AND key = ? AND record IS NOT NULL",
    );
  }

  async fetch(key: string): Promise<Stored | null> {
    const row = await this.#row(key);
    return row === undefined ? null : storedOf(row);
  }

  async list(user: string): Promise<Stored[]> {
    const prefix = userPrefix(user);
    // "/" follows "." in ASCII: between the two are all keys with the prefix.
    const rows = await this.#context.reads.read(() => this.#byRange.all(prefix, `${prefix.slice(0, -1)}/`));
    return listed(rows as unknown as KeyedText[]);
  }

  async insert(download: Download): Promise<Version | null> {
    this.#context.reads.checkUsable();
    const key = keyOf(download);
    const text = encodeDownload(download);
    const { writes } = this.#context;
    const kind = { isNew: true, changes: SLOTS };
    const version = await writes.ask(kind, (next) => this.#insert.run(next, key, text).changes === 1);
    if (version !== null) return version;
    const present = await this.#row(key);
    const isTaken = present === undefined || !isDamaged(key, present.text);
    return isTaken ? null : await this.#replace(key, text, present.version);
  }

  async update(download: Download, version: Version): Promise<Version | null> {
    this.#context.reads.checkUsable();
    return await this.#replace(keyOf(download), encodeDownload(download), version);
  }

  async remove(key: string, version: Version): Promise<Version | null> {
    const { reads, writes } = this.#context;
    reads.checkUsable();
    const kind = { removesFrom: "slots", changes: SLOTS } as const;
    return await writes.ask(kind, (next) => this.free(key, version, next));
  }

  async *watch(signal: AbortSignal): AsyncGenerator<SlotEvent, void, void> {
    const { reads, path } = this.#context;
    reads.checkOpen();
    try {
      yield* this.#changes.watch(null, signal);
    } catch (error) {
      throw translated(error, path);
    }
  }

  /** In a transaction: replaces the record if it has this version. */
  replace(key: string, text: string, version: Version, next: Version): boolean {
    return this.#update.run(next, text, version, key).changes === 1;
  }

  /** In a transaction: frees the slot if its record has this version. */
  free(key: string, version: Version, next: Version): boolean {
    return this.#remove.run(next, version, key).changes === 1;
  }

  #replace(key: string, text: string, version: Version): Promise<Version | null> {
    return this.#context.writes.ask({ changes: SLOTS }, (next) => this.replace(key, text, version, next));
  }

  async #row(key: string): Promise<KeyedText | undefined> {
    return (await this.#context.reads.read(() => this.#byKey.get(key))) as KeyedText | undefined;
  }
}
