/** @module Groups writes to the database: one transaction for all writes of one event loop turn. */

import type { DatabaseSync, StatementSync } from "node:sqlite";
import { CarryoutError } from "../../errors.ts";
import type { Version } from "../../ports/repo.ts";
import { concernsAll, hasNoRoom, translated } from "./sqlite-errors.ts";
import type { LockPatience } from "./sqlite-patience.ts";

/** A transaction this long holds the event loop for about 10 ms. */
const MOST_PER_COMMIT = 500;
/** Retries on a full disk: once with a restarted log, once with freed space, once with both. */
const MOST_TRIES = 3;

export interface WritesOptions {
  database: DatabaseSync;
  path: string;
  patience: LockPatience;
  /** Minimum number of tombstones to keep, see `openSqliteRepo`. */
  tombstones: number;
  /** Called after every commit that changed something. Must not throw. */
  onCommit: () => void;
  /** See `openSqliteRepo`. */
  onFull: (isWorthRoom: boolean) => boolean;
}

interface Write {
  /** Executes it with this version; false if it was refused, which changes nothing. */
  apply(version: Version): boolean;
  kind: "insert" | "update" | "remove";
  /** On a full disk. */
  tries: number;
  resolve(version: Version | null): void;
  reject(error: unknown): void;
}

export class SqliteWrites {
  readonly #options: WritesOptions;
  readonly #insert: StatementSync;
  readonly #update: StatementSync;
  readonly #remove: StatementSync;
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  readonly #sequence: StatementSync;
  readonly #setSequence: StatementSync;
  readonly #queue: Write[] = [];
  readonly #closing = new AbortController();
  #running: Promise<void> | null = null;
  /** Prunes at the first removal, to clean up after earlier processes. */
  #removalsUntilPruning = 1;

  constructor(options: WritesOptions) {
    this.#options = options;
    const { database } = options;
    this.#insert = database.prepare(
      `INSERT INTO downloads (version, key, record) VALUES (?1, ?2, ?3)
       ON CONFLICT (key) DO UPDATE SET version = ?1, record = ?3 WHERE record IS NULL`,
    );
    this.#update = database.prepare(
      "UPDATE downloads SET version = ?, record = ? WHERE version = ? AND key = ? AND record IS NOT NULL",
    );
    this.#remove = database.prepare(
      "UPDATE downloads SET version = ?, record = NULL WHERE version = ? AND key = ? AND record IS NOT NULL",
    );
    this.#begin = database.prepare("BEGIN IMMEDIATE");
    this.#commit = database.prepare("COMMIT");
    this.#sequence = database.prepare("SELECT value FROM meta WHERE name = 'sequence'");
    this.#setSequence = database.prepare("UPDATE meta SET value = ? WHERE name = 'sequence'");
  }

  insert(key: string, record: string): Promise<Version | null> {
    return this.#ask("insert", (version) => this.#insert.run(version, key, record).changes === 1);
  }

  update(key: string, record: string, expected: Version): Promise<Version | null> {
    return this.#ask("update", (version) => this.#update.run(version, record, expected, key).changes === 1);
  }

  /** The version of the tombstone, or null. */
  remove(key: string, expected: Version): Promise<Version | null> {
    return this.#ask("remove", (version) => this.#remove.run(version, expected, key).changes === 1);
  }

  /** Writes what is queued if possible; the rest fails with `closed`. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#running;
  }

  #ask(kind: Write["kind"], apply: Write["apply"]): Promise<Version | null> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ kind, tries: 0, apply, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  async #run(): Promise<void> {
    try {
      while (this.#queue.length > 0) {
        await new Promise((resolve) => setImmediate(resolve));
        await this.#writeSome();
      }
    } finally {
      this.#running = null;
    }
  }

  async #writeSome(): Promise<void> {
    const { patience, onCommit } = this.#options;
    const waiting = this.#queue.length;
    // Synchronously: no other code may find the transaction open.
    const write = () => {
      this.#rollBack();
      this.#begin.run();
      if (this.#transact(this.#queue.splice(0, MOST_PER_COMMIT))) onCommit();
    };
    try {
      await patience.run(write, this.#closing.signal);
    } catch (error) {
      // Later ones have not waited as long.
      this.#refuse(this.#queue.splice(0, waiting), error);
    }
  }

  #refuse(writes: Write[], error: unknown): void {
    const reason = this.#closing.signal.aborted
      ? new CarryoutError("closed", "this repo was closed before it could write", { cause: error })
      : translated(error, this.#options.path);
    for (const write of writes) write.reject(reason);
  }

  /** Executes the writes in the open transaction, and settles each with its result. True if any changed something. */
  #transact(writes: Write[]): boolean {
    try {
      const before = Number(this.#sequence.get()?.value);
      let version = before;
      const answers = writes.map((write) => {
        const answer = this.#applyOne(write, version + 1);
        if (answer.applied) version += 1;
        return answer.give;
      });
      if (version > before) this.#setSequence.run(version);
      this.#pruneAfter(writes.filter(({ kind }) => kind === "remove").length);
      this.#commit.run();
      for (const give of answers) give();
      return version > before;
    } catch (error) {
      this.#rollBack();
      if (hasNoRoom(error) && this.#makeRoom(writes)) return false;
      const reason = translated(error, this.#options.path);
      for (const write of writes) write.reject(reason);
      return false;
    }
  }

  /** Writes that end or remove something still succeed, if the log can be restarted or space can be freed. */
  #makeRoom(writes: Write[]): boolean {
    const isWorthRoom = writes.some(({ kind, tries }) => kind !== "insert" && tries < MOST_TRIES);
    if (!(isWorthRoom && this.#recycleLog())) {
      if (!this.#options.onFull(isWorthRoom)) return false;
      // The freed space is best used by the database itself: then the log can be overwritten indefinitely.
      this.#recycleLog();
    }
    for (const write of writes) write.tries += 1;
    this.#queue.unshift(...writes);
    return true;
  }

  /** Checkpoints the whole log into the database, so that the next write starts at its beginning and needs no space. */
  #recycleLog(): boolean {
    try {
      const { log, checkpointed } = this.#options.database.prepare("PRAGMA wal_checkpoint").get() ?? {};
      return Number(log) > 0 && log === checkpointed;
    } catch {
      return false; // the database has to grow for it
    }
  }

  #applyOne(write: Write, version: Version): { applied: boolean; give: () => void } {
    try {
      const applied = write.apply(version);
      return { applied, give: () => write.resolve(applied ? version : null) };
    } catch (error) {
      // A failing statement undoes only itself, unless the transaction is lost with it.
      if (concernsAll(error) || !this.#options.database.isTransaction) throw error;
      return { applied: false, give: () => write.reject(translated(error, this.#options.path)) };
    }
  }

  /** Now and then: it costs about as much as the removals did. */
  #pruneAfter(removals: number): void {
    this.#removalsUntilPruning -= removals;
    if (removals === 0 || this.#removalsUntilPruning > 0) return;
    const { database, tombstones } = this.#options;
    this.#removalsUntilPruning = Math.ceil(tombstones / 10);
    const newestToPrune = database
      .prepare("SELECT version FROM downloads WHERE record IS NULL ORDER BY version DESC LIMIT 1 OFFSET ?")
      .get(tombstones)?.version;
    if (newestToPrune === undefined) return;
    database.prepare("DELETE FROM downloads WHERE record IS NULL AND version <= ?").run(newestToPrune);
    database.prepare("UPDATE meta SET value = ? WHERE name = 'floor'").run(newestToPrune);
  }

  #rollBack(): void {
    if (this.#options.database.isTransaction) this.#options.database.exec("ROLLBACK");
  }
}
