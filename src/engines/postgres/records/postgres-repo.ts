/** @module Slots, work and history in the tables of one schema, which all nodes of a cluster share. */

import type { Clock } from "../../../ports/clock.ts";
import type { Archived, Repo, Stored } from "../../../ports/repo.ts";
import { isDamaged, isDamagedMark, isDamagedSaved } from "../../../ports/stored-text.ts";
import type { Log } from "../../../telemetry/log.ts";
import { lifeOf } from "../feed/announcer.ts";
import type { Links } from "../feed/links.ts";
import { MarkFeed } from "../feed/mark-feed.ts";
import { News } from "../feed/news.ts";
import { SlotFeed } from "../feed/slot-feed.ts";
import { qualified } from "../schema/names.ts";
import { cutOffTrouble } from "../session/cut-off.ts";
import { Patience } from "../session/patience.ts";
import type { PostgresServer } from "../session/postgres-server.ts";
import type { PostgresSession } from "../session/postgres-session.ts";
import { Archives } from "./archives.ts";
import { Burials } from "./burials.ts";
import { HistoryWrites } from "./history-writes.ts";
import { PostgresHistory } from "./postgres-history.ts";
import { PostgresSlots } from "./postgres-slots.ts";
import { PostgresWork } from "./postgres-work.ts";
import { Reads } from "./reads.ts";
import { RecordTable, type Written } from "./record-table.ts";
import { Renewal } from "./renewal.ts";
import { Sweeper } from "./sweeper.ts";

/** Ticks of a node go together in one statement per this time. A person sees no difference. */
const TICK_MS = 50;
const SILENT_MS = 3_000;

export interface PostgresRepoOptions {
  /** With the tables of `prepareSchema`. */
  server: PostgresServer;
  clock: Clock;
  log: Log;
  /** Over which nodes tell each other what they wrote; without them they do so by the server alone. Not closed here. */
  links?: Links | null | undefined;
  /** Whether it sweeps old tombstones, and renews versions, by itself. Default true; false for observers, which must not write. */
  sweeps?: boolean | undefined;
  /** How long tombstones of slots and marks are kept, milliseconds; the default is that of `Sweeper`. */
  tombstoneAgeMs?: number | undefined;
}

/** The connections of one repo: what one of them is busy with delays none of the others. */
interface Sessions {
  feed: PostgresSession;
  slots: PostgresSession;
  marks: PostgresSession;
  saved: PostgresSession;
  reads: readonly PostgresSession[];
}

/** Opens a repo with connections of its own. Errors: as `PostgresServer.session`. */
export async function openPostgresRepo(options: PostgresRepoOptions): Promise<PostgresRepo> {
  const { server } = options;
  await using opening = new AsyncDisposableStack();
  const open = async (purpose: string) => opening.adopt(await server.session(purpose), (it) => it.close());
  const sessions = {
    feed: await open("feed"),
    slots: await open("slots"),
    marks: await open("marks"),
    saved: await open("saved"),
    reads: [await open("reads"), await open("reads")],
  };
  const repo = new PostgresRepo(sessions, options);
  opening.move();
  if (options.sweeps !== false) await repo.tend();
  return repo;
}

/**
 * While the server is away, calls wait for up to 10 s; 3 s if it has been away for that long. A write that ended as
 * unavailable may be applied later, once, if a process of the server still holds it. Created by `openPostgresRepo`.
 */
export class PostgresRepo implements Repo {
  readonly slots: PostgresSlots;
  readonly work: PostgresWork;
  readonly history: PostgresHistory;
  readonly #sessions: Sessions;
  readonly #tables: readonly RecordTable[];
  readonly #archives: Archives;
  readonly #slotFeed: SlotFeed;
  readonly #markFeed: MarkFeed;
  readonly #news: News;
  readonly #sweeper: Sweeper;
  readonly #renewal: Renewal;
  readonly #closing = new AbortController();

  constructor(sessions: Sessions, options: PostgresRepoOptions) {
    const { server, clock, log } = options;
    const { schema } = server.target;
    const closing = this.#closing.signal;
    const patience = new Patience({ clock, closing });
    const reads = new Reads({ sessions: sessions.reads, patience, closing });
    this.#sessions = sessions;
    const following = { schema, session: sessions.feed, clock, log, closing };
    const canListen = server.pooling === "none";
    this.#news = new News({ ...following, canListen, links: options.links ?? null });
    const feeds = { ...following, news: this.#news, checkOpen: () => reads.checkOpen() };
    this.#slotFeed = new SlotFeed(feeds);
    this.#markFeed = new MarkFeed(feeds);

    const common = { schema, tellsTimeline: server.timelines.highest() !== null, reads, clock, closing };
    const ofSlots = { ...common, session: sessions.slots };
    const ofMarks = { ...common, session: sessions.marks };
    const onWritten = (slot: Written) => this.#wroteSlot(slot, sessions.slots);
    const onFreed = (slot: Written) => this.#wroteSlot(slot, sessions.saved);
    const onMarked = (mark: Written) => this.#wroteMark(mark, sessions.marks);
    const onUnmarked = (mark: Written) => this.#wroteMark(mark, sessions.saved);
    const slots = new RecordTable({ ...ofSlots, table: "slot", isDamaged, onWritten });
    const marks = new RecordTable({
      ...ofMarks,
      table: "mark",
      isDamaged: (_, text) => isDamagedMark(text),
      paceMs: TICK_MS,
      onWritten: onMarked,
    });
    const saved = new RecordTable({
      ...common,
      session: sessions.saved,
      table: "saved",
      isDamaged: (_, text) => isDamagedSaved(text),
    });
    this.#tables = [slots, marks, saved];
    // Apart from the slots: a claim must not wait until others are archived.
    this.#archives = new Archives({ ...common, session: sessions.saved, onFreed, onUnmarked });
    this.slots = new PostgresSlots(slots, this.#slotFeed);
    this.work = new PostgresWork({
      marks,
      saved,
      burials: new Burials({ ...ofMarks, onWritten: onMarked }),
      feed: this.#markFeed,
      keys: async () => (await reads.ask<{ key: string }>(keysOfWork(schema))).map(({ key }) => key),
    });
    this.history = new PostgresHistory({ schema, reads, writes: new HistoryWrites(ofSlots) });
    this.#sweeper = new Sweeper({ ...options, schema, session: sessions.reads[0]!, patience, closing });
    this.#renewal = new Renewal({ ...ofSlots, patience, log });
  }

  /** From now on, what no caller asks for is written: see `PostgresRepoOptions.sweeps`. */
  async tend(): Promise<void> {
    this.#sweeper.start();
    await this.#renewal.start();
  }

  /** In one statement. */
  async archive(finished: Stored): Promise<Archived | null> {
    return await this.#archives.archive(finished);
  }

  /** Removes old tombstones, and returns how many. An open repo does so by itself. Errors: `unavailable`, `closed`. */
  async sweepTombstones(): Promise<number> {
    return await this.#sweeper.sweep();
  }

  /** Why the records can't be used now, in words, or null. Sends nothing. */
  trouble(): string | null {
    const trouble = cutOffTrouble(this.#all);
    if (trouble !== null) return trouble;
    const silentMs = Math.max(...this.#tables.map((table) => table.silentMs));
    if (silentMs <= SILENT_MS) return null;
    return `PostgreSQL has not confirmed a write for ${Math.round(silentMs / 1_000)} s`;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all(this.#all.map((session) => session.close()));
  }

  get #all(): PostgresSession[] {
    const { feed, slots, marks, saved, reads } = this.#sessions;
    return [feed, slots, marks, saved, ...reads];
  }

  #wroteSlot({ key, version, xid, text }: Written, writer: PostgresSession): void {
    if (!this.#isOfSameServer(writer)) return;
    this.#slotFeed.wrote({ key, version, xid, text });
    this.#news.wroteSlot({ key, version, xid, text });
  }

  #wroteMark({ key, version, text }: Written, writer: PostgresSession): void {
    if (text === null) this.work.forget(key);
    if (!this.#isOfSameServer(writer)) return;
    this.#markFeed.wrote({ key, version, text });
    this.#news.wroteMark({ key, version, text });
  }

  /** False while one connection still leads to the former primary: what was written there may not exist here. */
  #isOfSameServer(writer: PostgresSession): boolean {
    const { connection: written } = writer;
    const { connection: followed } = this.#sessions.feed;
    return written !== null && followed !== null && lifeOf(written) === lifeOf(followed);
  }
}

function keysOfWork(schema: string): string {
  return `SELECT key FROM ${qualified(schema, "mark")} WHERE doc IS NOT NULL
    UNION SELECT key FROM ${qualified(schema, "saved")}`;
}
