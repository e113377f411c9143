/** @module Records in one SQLite file that the processes of one machine share. They survive any crash. */

import type { DatabaseSync, StatementSync } from "node:sqlite";
import { encodeDownload } from "../../download/codec.ts";
import type { Download } from "../../download/download.ts";
import { keyOf, userPrefix } from "../../download/key.ts";
import { CarryoutError, UnavailableError } from "../../errors.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Repo, RepoEvent, Stored, Version } from "../../ports/repo.ts";
import { isDamaged, listed, storedOf } from "../../ports/stored-text.ts";
import { SqliteChanges } from "./sqlite-changes.ts";
import { openDatabase } from "./sqlite-database.ts";
import { translated } from "./sqlite-errors.ts";
import { LockPatience } from "./sqlite-patience.ts";
import { DatabasePlace } from "./sqlite-place.ts";
import { SqliteWrites } from "./sqlite-writes.ts";

export interface SqliteRepoOptions {
  /** The database file; created, with its folder, if missing. */
  path: string;
  clock: Clock;
  /** See `openDatabase`. Default "normal". */
  synchronous?: "normal" | "full" | undefined;
  /** Time between two checks for changes that no hint announced, in milliseconds; 2.5 µs each. Default 500. */
  pollMs?: number | undefined;
  /** How long a call waits for a lock before it fails as unavailable, milliseconds. Default 5,000. */
  busyLimitMs?: number | undefined;
  /**
   * Minimum number of removals that are remembered for watchers of other processes; one that is further behind gets a
   * new snapshot. Default 10,000, about 1 MB.
   */
  tombstones?: number | undefined;
  /** Called after each commit of this repo that changed something, to send the others a hint. Must not throw. */
  onCommit?: (() => void) | undefined;
  /** Called repeatedly while another process holds the lock, with the milliseconds waited so far. */
  onBusy?: ((sinceMs: number) => void) | undefined;
  /**
   * Called when the disk has no space for a write, with whether the write may end or remove something: true if space
   * was freed for it, so that it is retried once. Must not throw.
   */
  onFull?: ((isWorthRoom: boolean) => boolean) | undefined;
}

interface Row {
  key: string;
  version: Version;
  text: string;
}

const DEFAULT_POLL_MS = 500;
const DEFAULT_TOMBSTONES = 10_000;

/** Opens a repo over the file; several repos in one or more processes may do so. Errors: see `openDatabase`. */
export async function openSqliteRepo(options: SqliteRepoOptions): Promise<SqliteRepo> {
  return new SqliteRepo(await openDatabase(options), options);
}

/** Writes of one turn of the event loop go to the file in one transaction. Created by `openSqliteRepo`. */
export class SqliteRepo implements Repo {
  readonly #database: DatabaseSync;
  readonly #path: string;
  readonly #place: DatabasePlace;
  readonly #patience: LockPatience;
  readonly #writes: SqliteWrites;
  readonly #changes: SqliteChanges;
  readonly #byKey: StatementSync;
  readonly #byRange: StatementSync;
  #closed: Promise<void> | null = null;

  constructor(database: DatabaseSync, options: SqliteRepoOptions) {
    const { path, clock, pollMs = DEFAULT_POLL_MS, tombstones = DEFAULT_TOMBSTONES, onCommit } = options;
    const { onFull = () => false } = options;
    this.#database = database;
    this.#path = path;
    this.#place = new DatabasePlace(path, clock);
    const patience = new LockPatience(options);
    this.#patience = patience;
    this.#changes = new SqliteChanges({ database, path, clock, patience, pollMs });
    const committed = () => {
      this.#changes.hint();
      onCommit?.();
    };
    this.#writes = new SqliteWrites({ database, path, patience, tombstones, onCommit: committed, onFull });
    const columns = "SELECT key, version, record AS text FROM downloads WHERE record IS NOT NULL";
    this.#byKey = database.prepare(`${columns} AND key = ?`);
    this.#byRange = database.prepare(`${columns} AND key >= ? AND key < ?`);
  }

  async fetch(key: string): Promise<Stored | null> {
    const row = await this.#row(key);
    return row === undefined ? null : storedOf(key, row.version, row.text);
  }

  async list(user: string): Promise<Stored[]> {
    const prefix = userPrefix(user);
    // "/" follows "." in ASCII: between the two are all keys with this prefix.
    const rows = await this.#read(() => this.#byRange.all(prefix, `${prefix.slice(0, -1)}/`));
    return listed(rows as unknown as Row[]);
  }

  async insert(download: Download): Promise<Version | null> {
    this.#checkUsable();
    const key = keyOf(download);
    const text = encodeDownload(download);
    const version = await this.#writes.insert(key, text);
    if (version !== null) return version;
    const present = await this.#row(key);
    const isTaken = present === undefined || !isDamaged(key, present.text);
    return isTaken ? null : await this.#writes.update(key, text, present.version);
  }

  async update(download: Download, version: Version): Promise<Version | null> {
    this.#checkUsable();
    return await this.#writes.update(keyOf(download), encodeDownload(download), version);
  }

  async remove(key: string, version: Version): Promise<boolean> {
    this.#checkUsable();
    return (await this.#writes.remove(key, version)) !== null;
  }

  async *watch(signal: AbortSignal): AsyncGenerator<RepoEvent, void, void> {
    this.#checkOpen();
    try {
      yield* this.#changes.watch(signal);
    } catch (error) {
      throw translated(error, this.#path);
    }
  }

  /** Another process wrote: check now instead of at the next poll. Cheap; many calls in one turn cause one check. */
  hint(): void {
    this.#changes.hint();
  }

  /** The last committed change. */
  sequence(): number {
    return this.#changes.sequence();
  }

  /** Why writes would be lost, in words; null while the file is in its place. */
  misplaced(): string | null {
    return this.#place.trouble();
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#changes.close();
    await this.#writes.close();
    this.#database.close();
  }

  async #row(key: string): Promise<Row | undefined> {
    return (await this.#read(() => this.#byKey.get(key))) as Row | undefined;
  }

  async #read<Result>(work: () => Result): Promise<Result> {
    try {
      return await this.#patience.run(() => {
        this.#checkUsable();
        return work();
      });
    } catch (error) {
      throw translated(error, this.#path);
    }
  }

  #checkUsable(): void {
    this.#checkOpen();
    const trouble = this.#place.recentTrouble();
    if (trouble !== null) throw new UnavailableError(trouble, { details: { path: this.#path } });
  }

  #checkOpen(): void {
    if (this.#closed !== null) throw new CarryoutError("closed", "this repo is closed");
  }
}
