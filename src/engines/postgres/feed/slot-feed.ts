/** @module Watching the slots: announced rows for speed, and looks at what has changed, so that none is missed. */

import { ChangeQueue } from "../../../ports/change-queue.ts";
import type { Cancel, Clock } from "../../../ports/clock.ts";
import type { Version } from "../../../ports/repo.ts";
import type { SlotEvent } from "../../../ports/slots.ts";
import { slotEventOf } from "../../../ports/stored-text.ts";
import type { Log } from "../../../telemetry/log.ts";
import type { PostgresSession } from "../session/postgres-session.ts";
import type { Announced } from "./announcements.ts";
import type { News } from "./news.ts";
import { SlotLooks, type SlotRow } from "./slot-looks.ts";
import type { Snapshot } from "./snapshot.ts";

/** After looks have failed. */
const RETRY_MS = 1_000;
/** After a longer gap a tombstone may have been swept unseen. Far less than the age at which they are swept. */
export const LONGEST_GAP_MS = 30_000;

/** For so long after a hint, looks are frequent: the server may still carry out what a process sent before it died. */
const RESTLESS_MS = 10_000;

export interface SlotFeedOptions {
  schema: string;
  session: PostgresSession;
  news: Pick<News, "hearSlots" | "lookMs" | "quietLookMs">;
  clock: Clock;
  log: Log;
  /** Throws when the repo is closed. */
  checkOpen(): void;
  closing: AbortSignal;
}

/** One watcher. */
interface Follower {
  readonly queue: ChangeQueue;
  /** Its view is no longer a valid basis. */
  isLost: boolean;
}

export class SlotFeed {
  readonly #options: SlotFeedOptions;
  readonly #looks: SlotLooks;
  readonly #followers = new Set<Follower>();
  /** All changes that this sees were passed on. Null: looks have to begin. */
  #cursor: Snapshot | null = null;
  #starting: Promise<Snapshot | null> | null = null;
  /** Rows that were passed on although the cursor does not see them yet. */
  readonly #ahead = new Map<string, { version: Version; xid: string }>();
  #lookedAt = 0;
  #restlessUntil = Number.NEGATIVE_INFINITY;
  #isLooking = false;
  #looksAgain = false;
  #cancelLook: Cancel | null = null;
  #unlisten: (() => void) | null = null;

  constructor(options: SlotFeedOptions) {
    this.#options = options;
    const { session, schema, closing } = options;
    this.#looks = new SlotLooks({ session, schema });
    session.onLost(() => this.#lose());
    closing.addEventListener("abort", () => this.#end(), { once: true });
  }

  /** See `SlotEvent`. Snapshots wait for as long as there is no server. Errors: `closed`, at the start. */
  async *watch(signal: AbortSignal): AsyncGenerator<SlotEvent, void, void> {
    this.#options.checkOpen();
    const { closing } = this.#options;
    const isOver = () => signal.aborted || closing.aborted;
    while (!isOver()) {
      yield { type: "begin" };
      const since = await this.#started(signal);
      if (since === null || isOver()) {
        if (this.#followers.size === 0) this.#rest();
        continue;
      }
      const follower: Follower = { queue: new ChangeQueue(), isLost: false };
      const end = () => follower.queue.end();
      signal.addEventListener("abort", end, { once: true });
      this.#followers.add(follower);
      try {
        // Everything may have come to rest, or been lost, in between.
        if (this.#cursor === null) continue;
        // Yielded one by one only here: each generator in between would cost every record some turns.
        for await (const events of this.#events(follower, since)) {
          for (const event of events) {
            if (isOver() || follower.isLost) break;
            yield event;
          }
          if (isOver() || follower.isLost) break;
        }
      } finally {
        signal.removeEventListener("abort", end);
        this.#followers.delete(follower);
        if (this.#followers.size === 0) this.#rest();
      }
    }
  }

  /** A row that this node wrote itself. */
  wrote(row: Announced): void {
    if (row.xid !== null) this.#offer({ ...row, xid: row.xid });
  }

  /** What arrives together, together; each event is made when it is consumed. */
  async *#events(follower: Follower, since: Snapshot): AsyncGenerator<Iterable<SlotEvent>, void, void> {
    const { queue } = follower;
    const told = new Map<string, Version>();
    try {
      for await (const rows of this.#looks.all()) {
        for (const { key, version, xid } of rows) {
          // Later than the cursor from which changes are passed on: it will come again.
          if (!since.sees(xid)) told.set(key, version);
        }
        yield eventsOf(rows);
      }
    } catch (error) {
      follower.isLost = true;
      await this.#failed(error);
      return;
    }
    yield [{ type: "synced" }];
    for (let change = await queue.next(); change !== null; change = await queue.next()) {
      if (change.version > (told.get(change.key) ?? 0)) yield [slotEventOf(change)];
    }
  }

  /** The cursor from which changes are passed on from now on; null if there is no server now. */
  async #started(signal: AbortSignal): Promise<Snapshot | null> {
    const { session } = this.#options;
    await session.connected(signal);
    if (session.connection === null) return null;
    this.#starting ??= this.#start().finally(() => {
      this.#starting = null;
    });
    return await this.#starting;
  }

  async #start(): Promise<Snapshot | null> {
    if (this.#cursor !== null) return this.#cursor;
    const { session, news, clock } = this.#options;
    // Listens first: what commits after the look is then heard.
    this.#unlisten ??= news.hearSlots((row) => (row === null ? this.#lookOften() : this.wrote(row)));
    try {
      this.#lookedAt = clock.monotonic();
      const connection = session.connection;
      const cursor = await this.#looks.now();
      if (connection !== session.connection) return null;
      this.#cursor = cursor;
      this.#ahead.clear();
      this.#lookLater();
      return cursor;
    } catch (error) {
      await this.#failed(error);
      return null;
    }
  }

  /** Nobody watches any more. */
  #rest(): void {
    if (this.#starting !== null) return;
    this.#cancelLook?.();
    this.#unlisten?.();
    this.#unlisten = null;
    this.#cursor = null;
    this.#ahead.clear();
  }

  /** Passes a row on, unless it was, or a later one of its key. */
  #offer(row: SlotRow): void {
    const cursor = this.#cursor;
    if (cursor === null || cursor.sees(row.xid)) return;
    const known = this.#ahead.get(row.key);
    if (known !== undefined && known.version >= row.version) return;
    this.#ahead.set(row.key, { version: row.version, xid: row.xid });
    if (known === undefined && this.#ahead.size === 1 && !this.#isLooking) this.#lookLater();
    for (const { queue } of this.#followers) queue.push(row);
  }

  /** Soon if there is something to confirm. */
  #lookLater(): void {
    this.#cancelLook?.();
    const { clock, news } = this.#options;
    const isQuiet = this.#ahead.size === 0 && clock.monotonic() >= this.#restlessUntil;
    const pauseMs = isQuiet ? news.quietLookMs : news.lookMs;
    this.#cancelLook = clock.after(pauseMs * (0.75 + clock.random() / 2), () => this.#look());
  }

  #lookOften(): void {
    this.#restlessUntil = this.#options.clock.monotonic() + RESTLESS_MS;
    this.#look();
  }

  #look(): void {
    this.#looksAgain = true;
    if (!this.#isLooking) void this.#lookUntilDone();
  }

  async #lookUntilDone(): Promise<void> {
    this.#isLooking = true;
    this.#cancelLook?.();
    try {
      while (this.#looksAgain && this.#cursor !== null) {
        this.#looksAgain = false;
        await this.#lookOnce(this.#cursor);
      }
    } catch (error) {
      await this.#failed(error);
    } finally {
      this.#isLooking = false;
      if (this.#cursor !== null) this.#lookLater();
    }
  }

  async #lookOnce(cursor: Snapshot): Promise<void> {
    const { clock, log } = this.#options;
    const beganAt = clock.monotonic();
    const claims = new Set(this.#ahead.values());
    const { rows, versions, now } = await this.#looks.since(cursor, this.#ahead);
    if (this.#cursor !== cursor) return; // lost meanwhile
    if (clock.monotonic() - this.#lookedAt > LONGEST_GAP_MS || now.isBehind(cursor)) {
      log.warn({}, "changes may have been missed; re-reading the slots");
      return this.#lose();
    }
    // Rows are announced after they were written, so a look that begins later finds them, or later versions of them.
    for (const [key, claim] of this.#ahead) {
      const { version, xid } = claim;
      const isTrue = now.sees(xid) ? (versions.get(key) ?? 0) >= version : !claims.has(claim);
      if (isTrue) continue;
      log.warn({}, "rows were announced that PostgreSQL does not have; re-reading the slots");
      return this.#lose();
    }
    this.#lookedAt = beganAt;
    for (const row of rows) this.#offer(row);
    this.#cursor = now;
    for (const [key, { xid }] of this.#ahead) {
      if (now.sees(xid)) this.#ahead.delete(key);
    }
  }

  /** All watchers start over. */
  #lose(): void {
    this.#cancelLook?.();
    this.#cursor = null;
    this.#ahead.clear();
    for (const follower of this.#followers) {
      follower.isLost = true;
      follower.queue.end();
    }
  }

  #end(): void {
    this.#lose();
    this.#unlisten?.();
  }

  async #failed(error: unknown): Promise<void> {
    const { clock, session, closing, log } = this.#options;
    if (closing.aborted || session.connection === null) return;
    log.error({ error }, "changes of slots can't be read; retrying");
    await clock.sleep(RETRY_MS, closing);
  }
}

function* eventsOf(rows: readonly SlotRow[]): Generator<SlotEvent, void, void> {
  for (const row of rows) {
    if (row.text !== null) yield slotEventOf(row);
  }
}
