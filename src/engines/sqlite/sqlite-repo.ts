/** @module Records in one SQLite file that the processes of one machine share. They survive any crash. */

import type { DatabaseSync } from "node:sqlite";
import { encodeDownload } from "../../download/codec.ts";
import { downloadKey, keyOf } from "../../download/key.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Archived, Claim, Claimed, Repo, Stored } from "../../ports/repo.ts";
import type { SlotEvent } from "../../ports/slots.ts";
import { slotEventOf, workEventOf } from "../../ports/stored-text.ts";
import type { StoredWork, WorkEvent } from "../../ports/work.ts";
import { SqliteChanges } from "./sqlite-changes.ts";
import { openDatabase } from "./sqlite-database.ts";
import { SqliteHistory } from "./sqlite-history.ts";
import { LockPatience } from "./sqlite-patience.ts";
import { DatabasePlace } from "./sqlite-place.ts";
import { SqliteReads } from "./sqlite-reads.ts";
import { SqliteSlots } from "./sqlite-slots.ts";
import { SqliteWork } from "./sqlite-work.ts";
import { SqliteWrites, WATCHED, type Watched } from "./sqlite-writes.ts";

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
  /**
   * Called after each commit of this repo that changed something, with the watched tables among it, to send the others
   * a hint. Must not throw.
   */
  onCommit?: ((changed: ReadonlySet<Watched>) => void) | undefined;
  /** Called when marks begin to be watched here. Must not throw. */
  onLooking?: (() => void) | undefined;
  /** Called repeatedly while another process holds the lock, with the milliseconds waited so far. */
  onBusy?: ((sinceMs: number) => void) | undefined;
  /**
   * Called when the disk has no space for a write, with whether the write may end or remove something: true if space
   * was freed for it, so that it is retried once. Must not throw.
   */
  onFull?: ((isWorthRoom: boolean) => boolean) | undefined;
}

const DEFAULT_POLL_MS = 500;
const DEFAULT_TOMBSTONES = 10_000;

/** Opens a repo over the file; several repos in one or more processes may do so. Errors: see `openDatabase`. */
export async function openSqliteRepo(options: SqliteRepoOptions): Promise<SqliteRepo> {
  return new SqliteRepo(await openDatabase(options), options);
}

/** Writes of one turn of the event loop go to the file in one transaction. Created by `openSqliteRepo`. */
export class SqliteRepo implements Repo {
  readonly slots: SqliteSlots;
  readonly work: SqliteWork;
  readonly history: SqliteHistory;
  readonly #database: DatabaseSync;
  readonly #place: DatabasePlace;
  readonly #reads: SqliteReads;
  readonly #writes: SqliteWrites;
  readonly #slotChanges: SqliteChanges<SlotEvent>;
  readonly #workChanges: SqliteChanges<WorkEvent>;
  #closed: Promise<void> | null = null;

  constructor(database: DatabaseSync, options: SqliteRepoOptions) {
    const { path, clock, pollMs = DEFAULT_POLL_MS, tombstones = DEFAULT_TOMBSTONES, onCommit } = options;
    const { onFull = () => false } = options;
    const patience = new LockPatience(options);
    this.#database = database;
    this.#place = new DatabasePlace(path, clock);
    this.#reads = new SqliteReads({
      path,
      place: this.#place,
      patience,
      isClosed: () => this.#closed !== null,
    });
    const watching = { database, path, clock, patience, pollMs };
    this.#slotChanges = new SqliteChanges({ ...watching, table: "slots", eventOf: slotEventOf });
    this.#workChanges = new SqliteChanges({
      ...watching,
      table: "marks",
      eventOf: workEventOf,
      onFirst: options.onLooking,
    });
    const committed = (changed: ReadonlySet<Watched>) => {
      this.hint(changed);
      onCommit?.(changed);
    };
    this.#writes = new SqliteWrites({ database, path, patience, tombstones, onCommit: committed, onFull });
    const context = { database, path, reads: this.#reads, writes: this.#writes };
    this.slots = new SqliteSlots(context, this.#slotChanges);
    this.work = new SqliteWork(context, this.#workChanges);
    this.history = new SqliteHistory(context, clock);
  }

  /** In one transaction. */
  async archive({ key, version, download }: Stored): Promise<Archived | null> {
    this.#reads.checkUsable();
    const text = encodeDownload(download);
    let isKept = false;
    const freed = await this.#writes.ask({ removesFrom: "slots", changes: WATCHED }, (next) => {
      if (!this.slots.free(key, version, next)) return false;
      isKept = this.history.add(download, text, next);
      this.work.clear(downloadKey(download.user, download.id), next);
      return true;
    });
    return freed === null ? null : { isKept, version: freed };
  }

  /** In one transaction. */
  async claim({ download, version, take }: Claim): Promise<Claimed | null> {
    this.#reads.checkUsable();
    const key = keyOf(download);
    const text = encodeDownload(download);
    let work: StoredWork | null = null;
    const claimed = await this.#writes.ask({ changes: WATCHED }, (next) => {
      if (!this.slots.replace(key, text, version, next)) return false;
      work = this.work.take(downloadKey(download.user, download.id), take, next);
      return true;
    });
    return claimed === null ? null : { version: claimed, work };
  }

  /**
   * These tables were written: check now instead of at the next poll. Cheap; many calls in one turn cause one check.
   */
  hint(changed: Iterable<Watched> = WATCHED): void {
    for (const table of changed) (table === "slots" ? this.#slotChanges : this.#workChanges).hint();
  }

  /** True while marks are watched here. */
  get isLooking(): boolean {
    return this.#workChanges.isFollowed;
  }

  /** The last committed change. */
  sequence(): number {
    return this.#slotChanges.sequence();
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
    this.#slotChanges.close();
    this.#workChanges.close();
    await this.#writes.close();
    this.#database.close();
  }
}
