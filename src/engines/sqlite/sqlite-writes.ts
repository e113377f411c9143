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
  /** Called after every commit that changed something, with the watched tables among it. Must not throw. */
  onCommit: (changed: ReadonlySet<Watched>) => void;
  /** See `openSqliteRepo`. */
  onFull: (isWorthRoom: boolean) => boolean;
}

/** A table that is watched: removals leave tombstones in it. */
export type Watched = "slots" | "marks";
export const WATCHED: readonly Watched[] = ["slots", "marks"];

/** Where the newest version is noted whose tombstone may be gone. */
export const FLOORS: Record<Watched, string> = { slots: "floor", marks: "marks floor" };

export interface WriteKind {
  /** On a full disk it may not use the space reserved for writes that end or remove something. */
  isNew?: boolean;
  /** The watched tables that it changes. */
  changes?: readonly Watched[];
  /** It leaves a tombstone in this table. */
  removesFrom?: Watched;
}

interface Write {
  /** Executes it with this version; false if it was refused, which changes nothing. */
  apply(version: Version): boolean;
  kind: WriteKind;
  /** On a full disk. */
  tries: number;
  /**
   * Whether it runs in a savepoint, so that it alone is undone if it fails. SQLite then copies each page that it changes
   * to a temporary file, so that is done only after a write of the same transaction has failed.
   */
  isApart: boolean;
  resolve(version: Version | null): void;
  reject(error: unknown): void;
}

export class SqliteWrites {
  readonly #options: WritesOptions;
  readonly #begin: StatementSync;
  readonly #savepoint: StatementSync;
  readonly #release: StatementSync;
  readonly #undo: StatementSync;
  readonly #commit: StatementSync;
  readonly #sequence: StatementSync;
  readonly #setSequence: StatementSync;
  readonly #queue: Write[] = [];
  readonly #closing = new AbortController();
  #running: Promise<void> | null = null;
  /** Prunes at the first removal, for tombstones that earlier processes left. */
  readonly #removalsUntilPruning: Record<Watched, number> = { slots: 1, marks: 1 };

  constructor(options: WritesOptions) {
    this.#options = options;
    const { database } = options;
    this.#begin = database.prepare("BEGIN IMMEDIATE");
    this.#savepoint = database.prepare("SAVEPOINT write");
    this.#release = database.prepare("RELEASE write");
    this.#undo = database.prepare("ROLLBACK TO write");
    this.#commit = database.prepare("COMMIT");
    this.#sequence = database.prepare("SELECT value FROM meta WHERE name = 'sequence'");
    this.#setSequence = database.prepare("UPDATE meta SET value = ? WHERE name = 'sequence'");
  }

  /**
   * Executes the write in one of the next transactions. Returns its version, or null if it was refused. The statements
   * of one `apply` take effect all or not at all.
   */
  ask(kind: WriteKind, apply: (version: Version) => boolean): Promise<Version | null> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ kind, tries: 0, isApart: false, apply, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  /** Writes what is queued if possible; the rest fails with `closed`. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#running;
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
    const { patience } = this.#options;
    const waiting = this.#queue.length;
    // Synchronously: no other code may find the transaction open.
    const write = () => {
      this.#rollBack();
      this.#begin.run();
      this.#transact(this.#queue.splice(0, MOST_PER_COMMIT));
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

  /** Executes the writes in the open transaction, settles each with its result, and reports what was changed. */
  #transact(writes: Write[]): void {
    try {
      const before = Number(this.#sequence.get()?.value);
      const changed = new Set<Watched>();
      let version = before;
      const answers = writes.map((write) => {
        const answer = this.#applyOne(write, version + 1);
        if (answer.applied) {
          version += 1;
          for (const table of write.kind.changes ?? []) changed.add(table);
        }
        return answer.give;
      });
      if (version > before) this.#setSequence.run(version);
      for (const table of WATCHED)
        this.#pruneAfter(table, writes.filter(({ kind }) => kind.removesFrom === table).length);
      this.#commit.run();
      for (const give of answers) give();
      if (version > before) this.#options.onCommit(changed);
    } catch (error) {
      this.#rollBack();
      if (hasNoRoom(error) && this.#makeRoom(writes)) return;
      if (!concernsAll(error) && this.#separate(writes)) return;
      const reason = translated(error, this.#options.path);
      for (const write of writes) write.reject(reason);
    }
  }

  /** One of them failed, and undid the others with it: they are repeated, each for itself. False if they already are. */
  #separate(writes: Write[]): boolean {
    if (writes.every(({ isApart }) => isApart)) return false;
    for (const write of writes) write.isApart = true;
    this.#queue.unshift(...writes);
    return true;
  }

  /** Writes that end or remove something still succeed, if the log can be restarted or space can be freed. */
  #makeRoom(writes: Write[]): boolean {
    const isWorthRoom = writes.some(({ kind, tries }) => !kind.isNew && tries < MOST_TRIES);
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
    if (write.isApart) this.#savepoint.run();
    try {
      const applied = write.apply(version);
      if (write.isApart) this.#release.run();
      return { applied, give: () => write.resolve(applied ? version : null) };
    } catch (error) {
      // The transaction may be lost with it.
      if (!write.isApart || concernsAll(error) || !this.#options.database.isTransaction) throw error;
      this.#undo.run();
      this.#release.run();
      return { applied: false, give: () => write.reject(translated(error, this.#options.path)) };
    }
  }

  /** Now and then: it costs about as much as the removals did. */
  #pruneAfter(table: Watched, removals: number): void {
    this.#removalsUntilPruning[table] -= removals;
    if (removals === 0 || this.#removalsUntilPruning[table] > 0) return;
    const { database, tombstones } = this.#options;
    this.#removalsUntilPruning[table] = Math.ceil(tombstones / 10);
    const newestToPrune = database
      .prepare(`SELECT version FROM ${table} WHERE record IS NULL ORDER BY version DESC LIMIT 1 OFFSET ?`)
      .get(tombstones)?.version;
    if (newestToPrune === undefined) return;
    database.prepare(`DELETE FROM ${table} WHERE record IS NULL AND version <= ?`).run(newestToPrune);
    database.prepare("UPDATE meta SET value = ? WHERE name = ?").run(newestToPrune, FLOORS[table]);
  }

  #rollBack(): void {
    if (this.#options.database.isTransaction) this.#options.database.exec("ROLLBACK");
  }
}
