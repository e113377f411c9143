/** @module Follows the marks of one user, or of all: live messages for speed, and reads now and then for missed ones. */

import { ENDED } from "../../../errors.ts";
import type { Cancel, Clock } from "../../../ports/clock.ts";
import { jittered, Pauses } from "../../../ports/retry.ts";
import type { Log } from "../../../telemetry/log.ts";
import type { NatsLink } from "../jetstream/connection.ts";
import type { RecentWrites } from "./recent-writes.ts";
import { type Entry, floorOf } from "./record-entry.ts";
import type { Feed, FeedTold } from "./record-feed.ts";
import { entriesAfter } from "./record-scan.ts";
import type { RecordStream } from "./record-stream.ts";
import { FLOOR } from "./record-subjects.ts";
import { REWRITTEN_AFTER_MS } from "./stream-feed.ts";
import { untilAnswered } from "./until-answered.ts";

/** About when the first read follows a snapshot or a reconnect. */
const SOON_MS = 2_000;
/** Each read that finds nothing missed doubles the time to the next one, up to this. */
const LATEST_MS = 16_000;
/** Pauses between two snapshots that lack what was seen before: the leader has probably been deposed. */
const STALE_PAUSES = { firstMs: 10, mostMs: 250 };
/** About how often a read also checks for swept removals, and that the stream has not lost its last messages. */
const THOROUGH_MS = 60_000;

/** What is known of a stream of marks, so that each new viewer need not ask. */
export interface KnownMarks {
  /** A sequence that its leader had a while ago; null when unknown. */
  upTo: number | null;
}

export interface MarkFeedOptions extends FeedTold {
  stream: Pick<RecordStream, "name" | "subscribe" | "lastMessage" | "holds" | "next" | "from">;
  /** Which keys, as subjects: `owner.*` or `*.*`. */
  keys: string;
  /** What this repo saw of the owner's keys: a snapshot is never older. */
  recent: Pick<RecentWrites, "contradicts" | "keysOf">;
  /** Shared by the feeds of a stream. */
  known: KnownMarks;
  link: Pick<NatsLink, "cutOffMs" | "onReconnect">;
  clock: Clock;
  log: Log;
}

/**
 * The sequences of one user's marks have gaps, so a lost live message goes unnoticed. A lost tick is superseded by
 * the next one, and the slot reports the end of a download; the rest is covered by reads now and then.
 */
export class MarkFeed implements Feed {
  readonly #options: MarkFeedOptions;
  readonly #ended = new AbortController();
  readonly #stop: (() => void)[] = [];
  /** Everything up to this sequence was delivered, or was superseded before. */
  #read = 0;
  /** Removals up to this sequence are known, or were swept before this feed began. */
  #completeTo = 0;
  /** Sequences delivered live beyond those read, by key. */
  #beyond = new Map<string, number>();
  /** Entries that arrived live before `follow`. */
  #early: Entry[] = [];
  #isFollowing = false;
  #isLost = false;
  #isDeaf = false;
  #looking = false;
  #lookAgain = false;
  #waitMs = SOON_MS;
  #thoroughAt: number | null = null;
  #behindSince: number | null = null;
  #cancelLook: Cancel | null = null;

  constructor(options: MarkFeedOptions) {
    this.#options = options;
    const { stream, keys, link, log } = options;
    const subscription = stream.subscribe((error, entry) => {
      if (error) {
        this.#isDeaf = true;
        log.error({ stream: stream.name, error }, "live subscription denied; falling back to polling");
      } else if (entry) this.#onLive(entry);
    }, keys);
    this.#stop.push(() => subscription.unsubscribe());
    this.#stop.push(link.onReconnect(() => this.#onDisturbance()));
  }

  /** Most users have no marks: then a single answer of the leader is enough. */
  async *snapshot(): AsyncGenerator<readonly Entry[], void, void> {
    const { stream, keys, clock, known } = this.#options;
    const pauses = new Pauses(clock, STALE_PAUSES);
    // Before the reads: they find all that was removed up to there removed.
    known.upTo ??= (await this.#persist(() => stream.holds(keys))).newest;
    this.#completeTo = known.upTo;
    for (const told = new Map<string, number>(); ; await pauses.pass(this.#ended.signal)) {
      for await (const entries of this.#unread()) {
        for (const { key, sequence } of entries) told.set(key!, sequence);
        yield entries;
      }
      if (!this.#isOutdated(told)) return;
    }
  }

  follow(): void {
    if (this.#ended.signal.aborted) return;
    this.#isFollowing = true;
    for (const entry of this.#early.splice(0)) this.#onLive(entry);
    this.#lookLater();
  }

  end(): void {
    this.#ended.abort(ENDED);
    this.#cancelLook?.();
    for (const stop of this.#stop.splice(0)) stop();
  }

  #onLive(entry: Entry): void {
    if (entry.key === null) return;
    if (!this.#isFollowing) this.#early.push(entry);
    else if (this.#isNews(entry)) {
      this.#beyond.set(entry.key, entry.sequence);
      this.#tell([entry]);
    }
  }

  #isNews({ key, sequence }: Entry): boolean {
    return sequence > this.#read && sequence > (this.#beyond.get(key!) ?? 0);
  }

  /** Entries stored after those read, except ones delivered live. Yields them at once: a later turn would be too late. */
  async *#unread(): AsyncGenerator<readonly Entry[], void, void> {
    const { stream, keys } = this.#options;
    const ask = <Answer>(question: () => Promise<Answer>) => this.#persist(question);
    for await (const entries of entriesAfter(stream, this.#read, keys, ask)) {
      this.#ended.signal.throwIfAborted();
      const news = entries.filter((entry) => this.#isNews(entry));
      this.#read = Math.max(this.#read, entries.at(-1)?.sequence ?? 0);
      for (const [key, sequence] of this.#beyond) if (sequence <= this.#read) this.#beyond.delete(key);
      if (news.length === 0) continue;
      if (this.#isFollowing) this.#tell(news);
      yield news;
    }
  }

  #isOutdated(told: ReadonlyMap<string, number>): boolean {
    const { keys, recent } = this.#options;
    return recent.keysOf(keys).some((key) => recent.contradicts(key, told.get(key) ?? 0));
  }

  #onDisturbance(): void {
    this.#waitMs = SOON_MS;
    this.#thoroughAt = null;
    this.#look();
  }

  #lookLater(): void {
    const { clock } = this.#options;
    this.#cancelLook?.();
    this.#cancelLook = clock.after(jittered(clock, this.#isDeaf ? SOON_MS : this.#waitMs), () =>
      this.#look(),
    );
  }

  /** One read at a time, with another one after it if requested meanwhile. */
  #look(): void {
    if (!this.#isFollowing || this.#ended.signal.aborted) return;
    this.#lookAgain = true;
    if (!this.#looking) void this.#lookUntilDone();
  }

  async #lookUntilDone(): Promise<void> {
    const { stream, log } = this.#options;
    this.#looking = true;
    this.#cancelLook?.();
    try {
      while (this.#lookAgain) {
        this.#lookAgain = false;
        let found = false;
        const newest = this.#isThoroughTime() ? await this.#newest() : null;
        for await (const _ of this.#unread()) found = true;
        if (newest !== null) await this.#completed(newest);
        this.#waitMs = found ? SOON_MS : Math.min(this.#waitMs * 2, LATEST_MS);
      }
    } catch (error) {
      if (this.#ended.signal.aborted) return;
      log.error({ stream: stream.name, error }, "changes could not be read; will retry");
    } finally {
      this.#looking = false;
    }
    if (!this.#ended.signal.aborted) this.#lookLater();
  }

  #isThoroughTime(): boolean {
    const thoroughAt = this.#thoroughAt;
    return thoroughAt === null || this.#options.clock.monotonic() - thoroughAt >= THOROUGH_MS;
  }

  /** The stream's last sequence; null if it is lower than one seen before. */
  async #newest(): Promise<number | null> {
    const { stream, keys } = this.#options;
    const { newest } = await this.#persist(() => stream.holds(keys));
    if (newest < Math.max(this.#completeTo, this.#read)) {
      this.#onBehind();
      return null;
    }
    this.#behindSince = null;
    return newest;
  }

  /** Everything up to this sequence was read, unless removals were swept before. */
  async #completed(newest: number): Promise<void> {
    const floor = await this.#floor();
    if (floor > this.#completeTo) return this.#lose("removals were swept before they were read");
    this.#completeTo = newest;
    this.#options.known.upTo = newest;
    this.#thoroughAt = this.#options.clock.monotonic();
  }

  async #floor(): Promise<number> {
    const message = await this.#persist(() => this.#options.stream.lastMessage(FLOOR));
    return message === null ? 0 : floorOf(message.data).floor;
  }

  #onBehind(): void {
    const { clock, known } = this.#options;
    known.upTo = null;
    this.#waitMs = SOON_MS;
    this.#behindSince ??= clock.monotonic();
    if (clock.monotonic() - this.#behindSince >= REWRITTEN_AFTER_MS) this.#lose("it lost its last messages");
  }

  #tell(entries: readonly Entry[]): void {
    if (!this.#isLost && !this.#ended.signal.aborted) this.#options.onEntries(entries);
  }

  #persist<Answer>(question: () => Promise<Answer>): Promise<Answer> {
    return untilAnswered(this.#options, this.#ended.signal, question);
  }

  #lose(reason: string): void {
    if (this.#isLost || this.#ended.signal.aborted) return;
    this.#isLost = true;
    this.#options.known.upTo = null;
    this.#options.log.warn({ stream: this.#options.stream.name, reason }, "re-reading marks");
    this.#options.onLost();
  }
}
