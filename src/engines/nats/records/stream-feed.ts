/** @module Follows one record stream: live messages for speed, and reads from its leader for missed ones. */

import { ENDED, messageOf } from "../../../errors.ts";
import type { Cancel, Clock } from "../../../ports/clock.ts";
import type { Log } from "../../../telemetry/log.ts";
import type { NatsLink } from "../jetstream/connection.ts";
import { isPassing } from "../jetstream/stream.ts";
import { abortable } from "./abortable.ts";
import { type Entry, floorOf } from "./record-entry.ts";
import type { Feed, FeedTold } from "./record-feed.ts";
import type { RecordStream } from "./record-stream.ts";
import { FLOOR } from "./record-subjects.ts";
import { Replay } from "./replay.ts";
import { untilAnswered } from "./until-answered.ts";

/** A change whose live message was lost, and that no later one reveals as a gap, is found within this time. */
const HEAL_MS = 2_000;
/** A gap wider than this is read in batches, from any replica, as far as that one is up to date. */
const WIDE_GAP = 20;
/** A leader that lost its majority stops answering long before, so after this time the stream has lost data. */
export const REWRITTEN_AFTER_MS = 30_000;

export interface StreamFeedOptions extends FeedTold {
  stream: Pick<RecordStream, "name" | "subscribe" | "lastMessage" | "lastOfAll" | "next" | "from">;
  link: Pick<NatsLink, "cutOffMs" | "onReconnect">;
  clock: Clock;
  log: Log;
}

/** For a stream whose messages are all republished and watched: delivers all entries in order, each once. */
export class StreamFeed implements Feed {
  readonly #options: StreamFeedOptions;
  readonly #ended = new AbortController();
  readonly #stop: (() => void)[] = [];
  #replay = new Replay<Entry>();
  /** The entry of `replay.last`, to check whether the stream still has it. */
  #lastEntry: Entry | null = null;
  #behindSince: number | null = null;
  #isFollowing = false;
  #isLost = false;
  #healing = false;
  #healAgain = false;
  #cancelHeal: Cancel | null = null;

  constructor(options: StreamFeedOptions) {
    this.#options = options;
    const { stream, link, log } = options;
    const subscription = stream.subscribe((error, entry) => {
      if (error)
        log.error({ stream: stream.name, error }, "live subscription denied; falling back to polling");
      else if (entry) this.#onLive(entry);
    });
    this.#stop.push(() => subscription.unsubscribe());
    this.#stop.push(link.onReconnect(() => this.#heal()));
  }

  async *snapshot(): AsyncGenerator<readonly Entry[], void, void> {
    const { stream } = this.#options;
    const floor = await this.#persist(() => stream.lastMessage(FLOOR));
    // Live entries from before are repeated by the reads.
    this.#replay = new Replay<Entry>(floor ? floorOf(floor.data).floor : 0);
    yield* this.#catchUp();
  }

  follow(): void {
    if (this.#ended.signal.aborted) return;
    this.#isFollowing = true;
    this.#took(this.#replay.release());
    this.#heal();
  }

  end(): void {
    this.#ended.abort(ENDED);
    this.#cancelHeal?.();
    for (const stop of this.#stop.splice(0)) stop();
  }

  #onLive(entry: Entry): void {
    this.#took(this.#replay.live(entry));
    if (this.#replay.hasGap) this.#heal();
  }

  /** Passes on entries synchronously, before the rules can release more: a later turn would break the order. */
  #took(entries: readonly Entry[]): readonly Entry[] {
    this.#lastEntry = entries.at(-1) ?? this.#lastEntry;
    if (this.#replay.missedRemoval) this.#lose("removals were swept before they were read");
    if (this.#isFollowing && !this.#isLost && entries.length > 0) this.#options.onEntries(entries);
    return entries;
  }

  /**
   * Reads entries that live messages have missed; one run at a time, with another one after it if requested meanwhile.
   */
  #heal(): void {
    if (!this.#isFollowing || this.#ended.signal.aborted) return;
    this.#healAgain = true;
    if (!this.#healing) void this.#healUntilDone();
  }

  async #healUntilDone(): Promise<void> {
    const { stream, clock, log } = this.#options;
    this.#healing = true;
    this.#cancelHeal?.();
    try {
      while (this.#healAgain) {
        this.#healAgain = false;
        for await (const _ of this.#catchUp());
      }
    } catch (error) {
      if (this.#ended.signal.aborted) return;
      log.error({ stream: stream.name, error }, "changes could not be read; will retry");
    } finally {
      this.#healing = false;
    }
    this.#cancelHeal = clock.after(HEAL_MS * (0.75 + clock.random() / 2), () => this.#heal());
  }

  /** Reads until the leader has nothing newer. Returns early if the leader's data is older than ours. */
  async *#catchUp(): AsyncGenerator<readonly Entry[], void, void> {
    const { stream } = this.#options;
    const replay = this.#replay;
    for (;;) {
      const knownBefore = replay.last;
      const newest = await this.#persist(() => stream.lastOfAll());
      yield this.#took(replay.held());
      const target = newest?.sequence ?? 0;
      if (target < knownBefore) return this.#onBehind(target);
      if (newest !== null && this.#isRewritten(newest))
        return this.#lose("its messages differ from those read before");
      this.#behindSince = null;
      if (target <= replay.last) return replay.caughtUp();
      yield* this.#readTo(newest!);
    }
  }

  /** Ends at the target, or when the server that answers does not have it yet. */
  async *#readTo(newest: Entry): AsyncGenerator<readonly Entry[], void, void> {
    const { stream } = this.#options;
    const replay = this.#replay;
    if (newest.sequence - replay.last > WIDE_GAP) yield* this.#readBatches();
    while (replay.last < newest.sequence) {
      if (newest.sequence === replay.last + 1) {
        yield this.#took(replay.read(newest));
        return;
      }
      const from = replay.last + 1;
      const next = await this.#persist(() => stream.next(from));
      if (next === null) return;
      yield this.#took(replay.read(next));
    }
  }

  /** As far as some replica is up to date, or until it fails: the leader is read for the rest. */
  async *#readBatches(): AsyncGenerator<readonly Entry[], void, void> {
    const { stream, log } = this.#options;
    const batches = stream.from(this.#replay.last + 1);
    try {
      for (;;) {
        const { value, done } = await abortable(batches.next(), this.#ended.signal);
        if (done) return;
        yield this.#took(value.flatMap((entry) => this.#replay.read(entry)));
      }
    } catch (error) {
      this.#ended.signal.throwIfAborted();
      const fields = { stream: stream.name, reason: messageOf(error) };
      if (isPassing(error)) log.debug(fields, "batch of records did not arrive");
      else log.error(fields, "batched reads of records failed");
    }
  }

  #persist<Answer>(question: () => Promise<Answer>): Promise<Answer> {
    return untilAnswered(this.#options, this.#ended.signal, question);
  }

  /** The leader's last message is older than what was seen: it was deposed, or all servers lost data. */
  #onBehind(newest: number): void {
    const { clock, stream, log } = this.#options;
    this.#behindSince ??= clock.monotonic();
    log.debug({ stream: stream.name, newest, known: this.#replay.last }, "stream leader lags behind");
    if (clock.monotonic() - this.#behindSince >= REWRITTEN_AFTER_MS) this.#lose("it lost its last messages");
  }

  #isRewritten(newest: Entry): boolean {
    const known = this.#lastEntry;
    return newest.sequence === known?.sequence && newest.write !== known.write;
  }

  #lose(reason: string): void {
    if (this.#isLost || this.#ended.signal.aborted) return;
    this.#isLost = true;
    this.#options.log.warn({ stream: this.#options.stream.name, reason }, "re-reading records");
    this.#options.onLost();
  }
}
