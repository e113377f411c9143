/** @module Watches a table of the database: one reader of changes for all its watchers in a repo. */

import type { DatabaseSync, StatementSync } from "node:sqlite";
import { ownerOf } from "../../download/key.ts";
import { isCarryoutError } from "../../errors.ts";
import { type Change, ChangeQueue } from "../../ports/change-queue.ts";
import type { Cancel, Clock } from "../../ports/clock.ts";
import type { Version } from "../../ports/repo.ts";
import { isBusy, translated } from "./sqlite-errors.ts";
import type { LockPatience } from "./sqlite-patience.ts";
import { FLOORS, type Watched } from "./sqlite-writes.ts";

/** Rows read at a time, about 1 ms, so that even a huge backlog lets other work of the event loop run in between. */
const CHUNK_ROWS = 250;

export interface ChangesOptions<Event> {
  table: Watched;
  eventOf(change: Change): Event;
  database: DatabaseSync;
  path: string;
  clock: Clock;
  patience: LockPatience;
  /** Time between two checks for writes of other processes, milliseconds. */
  pollMs: number;
  /** Called when it gets its first follower. Must not throw. */
  onFirst?: (() => void) | undefined;
}

type Bound = { type: "begin" | "synced" };

/** A watcher that has had its snapshot. */
interface Follower {
  readonly queue: ChangeQueue;
  /** Whose keys, or null for all. */
  readonly owner: string | null;
  /** The newest version it was notified of. */
  cursor: Version;
  /** It may have missed a removal, so it needs a new snapshot. */
  behind: boolean;
}

export class SqliteChanges<Event> {
  readonly #options: ChangesOptions<Event>;
  readonly #rowsAfter: StatementSync;
  readonly #rowsOf: StatementSync;
  readonly #meta: StatementSync;
  readonly #dataVersion: StatementSync;
  readonly #followers = new Set<Follower>();
  #closed = false;
  #looking = false;
  #lookAgain = false;
  #seenDataVersion: unknown;
  #cancelPoll: Cancel | null = null;

  constructor(options: ChangesOptions<Event>) {
    this.#options = options;
    const { database, table } = options;
    this.#rowsAfter = database.prepare(
      `SELECT version, key, record AS text FROM ${table} WHERE version > ? ORDER BY version LIMIT ${CHUNK_ROWS}`,
    );
    this.#rowsOf = database.prepare(
      `SELECT meta.value AS base, version, key, record AS text
       FROM meta LEFT JOIN ${table} ON key > ? AND key < ? AND record IS NOT NULL WHERE meta.name = 'sequence'`,
    );
    this.#meta = database.prepare("SELECT value FROM meta WHERE name = ?");
    this.#dataVersion = database.prepare("PRAGMA data_version");
  }

  get isFollowed(): boolean {
    return this.#followers.size > 0;
  }

  /** Notes that there may be changes: checks once in the next turn, however often it is called. */
  hint(): void {
    if (this.#followers.size === 0) return;
    this.#lookAgain = true;
    if (this.#looking) return;
    this.#looking = true;
    setImmediate(() => void this.#lookUntilDone());
  }

  /** The keys of one user, see `ownerOf`, or of all. */
  async *watch(owner: string | null, signal: AbortSignal): AsyncGenerator<Event | Bound, void, void> {
    const isOver = () => signal.aborted || this.#closed;
    while (!isOver()) {
      const cursor = yield* owner === null ? this.#snapshot(isOver) : this.#snapshotOf(owner, isOver);
      if (cursor === null) continue;
      const behind = yield* this.#follow(cursor, owner, signal);
      if (!behind) return;
    }
  }

  /** The last change that was committed. */
  sequence(): number {
    return this.#metaValue("sequence");
  }

  close(): void {
    this.#closed = true;
    for (const { queue } of this.#followers) queue.end();
    this.#followers.clear();
    this.#cancelPoll?.();
  }

  /** All records, as the consumer pulls. The version to follow from, or null if it has ended or must start over. */
  async *#snapshot(isOver: () => boolean): AsyncGenerator<Event | Bound, Version | null, void> {
    yield { type: "begin" };
    const base = await this.#read(() => this.#metaValue("sequence"), 0);
    for (let cursor = 0; ; await new Promise((resolve) => setImmediate(resolve))) {
      const rows = await this.#read(() => this.#changesAfter(cursor), []);
      // Later removals must still be known: they may concern records that were already put.
      if (isOver() || (await this.#read(() => this.#floor(), 0)) > base) return null;
      for (const row of rows) {
        if (row.text === null && row.version <= base) continue;
        yield this.#options.eventOf(row);
        if (isOver()) return null;
      }
      cursor = rows.at(-1)?.version ?? cursor;
      if (rows.length === CHUNK_ROWS) continue;
      yield { type: "synced" };
      return Math.max(cursor, base);
    }
  }

  /** All records of one user: they are few, so they are read by their keys, all at once. */
  async *#snapshotOf(
    owner: string,
    isOver: () => boolean,
  ): AsyncGenerator<Event | Bound, Version | null, void> {
    yield { type: "begin" };
    const { base, rows } = await this.#read(() => this.#readOwned(owner), { base: 0, rows: [] });
    for (const row of rows) {
      if (isOver()) return null;
      yield this.#options.eventOf(row);
    }
    if (isOver()) return null;
    yield { type: "synced" };
    return base;
  }

  /** One statement, so that the version and the rows are of the same moment. */
  #readOwned(owner: string): { base: Version; rows: Change[] } {
    // "/" follows "." in ASCII: between the two are all keys of this user.
    const found = this.#rowsOf.all(`${owner}.`, `${owner}/`) as unknown as (Change & { base: Version })[];
    const rows = found.filter(({ key }) => key !== null);
    return { base: found[0]?.base ?? 0, rows };
  }

  /** Every change after the version. True if a new snapshot is needed, false if it has ended. */
  async *#follow(
    cursor: Version,
    owner: string | null,
    signal: AbortSignal,
  ): AsyncGenerator<Event, boolean, void> {
    if (signal.aborted || this.#closed) return false;
    const follower: Follower = { queue: new ChangeQueue(), owner, cursor, behind: false };
    const end = () => follower.queue.end();
    signal.addEventListener("abort", end, { once: true });
    this.#followers.add(follower);
    if (this.#followers.size === 1) this.#options.onFirst?.();
    this.#poll();
    this.hint();
    try {
      for (let change = await follower.queue.next(); change !== null; change = await follower.queue.next()) {
        yield this.#options.eventOf(change);
      }
      return follower.behind;
    } finally {
      this.#followers.delete(follower);
      signal.removeEventListener("abort", end);
    }
  }

  async #lookUntilDone(): Promise<void> {
    try {
      while (this.#lookAgain) {
        this.#lookAgain = false;
        const more = await this.#read(() => this.#look(), false);
        if (more) this.#lookAgain = true;
        if (this.#lookAgain) await new Promise((resolve) => setImmediate(resolve));
      }
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#looking = false;
    }
  }

  /** Reads the changes since the follower that is furthest behind; true when there may be more. */
  #look(): boolean {
    if (this.#followers.size === 0) return false;
    // Before the rows: a commit in between is then detected as new at the next poll.
    this.#seenDataVersion = this.#dataVersion.get()?.data_version;
    const rows = this.#changesAfter(Math.min(...Array.from(this.#followers, ({ cursor }) => cursor)));
    // After the rows: it only rises, so it shows whether a tombstone was missing among them.
    const floor = this.#floor();
    for (const follower of this.#followers) this.#pass(rows, follower, floor);
    return rows.length === CHUNK_ROWS;
  }

  #pass(rows: readonly Change[], follower: Follower, floor: Version): void {
    if (follower.cursor < floor) {
      follower.behind = true;
      follower.queue.end();
      this.#followers.delete(follower);
      return;
    }
    for (const row of rows) {
      if (row.version <= follower.cursor) continue;
      if (follower.owner === null || follower.owner === ownerOf(row.key)) follower.queue.push(row);
    }
    follower.cursor = Math.max(follower.cursor, rows.at(-1)?.version ?? 0);
  }

  #poll(): void {
    if (this.#cancelPoll !== null || this.#followers.size === 0 || this.#closed) return;
    this.#cancelPoll = this.#options.clock.after(this.#options.pollMs, () => {
      this.#cancelPoll = null;
      if (this.#followers.size === 0) return;
      try {
        if (this.#dataVersion.get()?.data_version !== this.#seenDataVersion) this.hint();
      } catch (error) {
        this.#fail(error);
      }
      this.#poll();
    });
  }

  /** A transient error is retried at the next poll; anything else ends every watch. */
  #fail(error: unknown): void {
    this.#seenDataVersion = undefined;
    const reason = translated(error, this.#options.path);
    if (isBusy(error) || isCarryoutError(reason, "unavailable")) return;
    for (const { queue } of this.#followers) queue.end(reason);
  }

  #read<Result>(work: () => Result, whenClosed: Result): Promise<Result> {
    return this.#options.patience.run(() => (this.#closed ? whenClosed : work()));
  }

  #changesAfter(version: Version): Change[] {
    return this.#rowsAfter.all(version) as unknown as Change[];
  }

  #floor(): Version {
    return this.#metaValue(FLOORS[this.#options.table]);
  }

  #metaValue(name: string): number {
    return Number(this.#meta.get(name)?.value);
  }
}
