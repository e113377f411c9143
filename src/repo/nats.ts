/** @module Records in JetStream streams that all machines of a cluster share, replicated by NATS. */

import type { Clock } from "../clock/clock.ts";
import type { Download } from "../download/download.ts";
import { keyOf, userPrefix } from "../download/key.ts";
import { CarryoutError } from "../errors.ts";
import type { NatsLink } from "../nats/connection.ts";
import type { Layout } from "../nats/layout.ts";
import type { Log } from "../telemetry/log.ts";
import { watchRecords } from "./nats-feed.ts";
import { NatsPatience } from "./nats-patience.ts";
import { NatsReads } from "./nats-reads.ts";
import { RecentSequences } from "./nats-recent.ts";
import { openRecordStream, type RecordStream } from "./nats-record-stream.ts";
import { isSlotKey, streamIndexOf } from "./nats-subjects.ts";
import { NatsWrites } from "./nats-writes.ts";
import type { Repo, RepoEvent, Stored, Version } from "./repo.ts";

export interface NatsRepoOptions {
  /** Left open by `close`. */
  link: NatsLink;
  layout: Layout;
  clock: Clock;
  log: Log;
}

/** Whether a stream of records answers. */
export interface StreamHealth {
  stream: string;
  /** For how long its leader has owed an answer, milliseconds: 0 when it answered what it was asked last. */
  silentMs: number;
}

/** Opens a repo over the streams that `prepareStreams` made. Asks nothing of the servers yet. */
export async function openNatsRepo(options: NatsRepoOptions): Promise<NatsRepo> {
  const { recordStreams } = options.layout;
  const streams = Array.from({ length: recordStreams }, (_, index) => openRecordStream(options, index));
  return new NatsRepo(await Promise.all(streams), options);
}

/**
 * While a stream has no leader, which takes 4 to 9 s when a server dies, calls for its users wait, 10 s at the most;
 * 3 s when no server can be reached at all. Reads are the leader's. In a partition a leader that has lost its majority
 * may answer for another 10 s: it can't write, and is not believed where this repo has seen more. Made by
 * `openNatsRepo`.
 */
export class NatsRepo implements Repo {
  readonly #options: NatsRepoOptions;
  readonly #streams: readonly RecordStream[];
  readonly #recent: RecentSequences;
  readonly #reads: NatsReads;
  readonly #writes: NatsWrites;
  readonly #closing = new AbortController();

  constructor(streams: readonly RecordStream[], options: NatsRepoOptions) {
    const { link, clock } = options;
    this.#options = options;
    this.#streams = streams;
    this.#recent = new RecentSequences(clock);
    const patience = new NatsPatience({ link, clock, closing: this.#closing.signal });
    this.#reads = new NatsReads({ patience, recent: this.#recent });
    this.#writes = new NatsWrites({ clock, patience, recent: this.#recent });
  }

  async fetch(key: string): Promise<Stored | null> {
    this.#checkOpen();
    return isSlotKey(key) ? await this.#reads.fetch(this.#streamOf(key), key) : null;
  }

  async list(user: string): Promise<Stored[]> {
    this.#checkOpen();
    const prefix = userPrefix(user);
    return await this.#reads.list(this.#streamOf(prefix), prefix);
  }

  async insert(download: Download): Promise<Version | null> {
    this.#checkOpen();
    const key = keyOf(download);
    const stream = this.#streamOf(key);
    const sequence = await this.#writes.insert(stream, key, JSON.stringify(download));
    return sequence === null ? null : stream.versionOf(sequence);
  }

  async update(download: Download, version: Version): Promise<Version | null> {
    this.#checkOpen();
    const key = keyOf(download);
    const stream = this.#streamOf(key);
    const expected = stream.sequenceOf(version);
    if (expected === null) return null;
    const sequence = await this.#writes.replace(stream, key, JSON.stringify(download), expected);
    return sequence === null ? null : stream.versionOf(sequence);
  }

  async remove(key: string, version: Version): Promise<boolean> {
    this.#checkOpen();
    if (!isSlotKey(key)) return false;
    const stream = this.#streamOf(key);
    const expected = stream.sequenceOf(version);
    if (expected === null) return false;
    return (await this.#writes.replace(stream, key, null, expected)) !== null;
  }

  async *watch(signal: AbortSignal): AsyncGenerator<RepoEvent, void, void> {
    this.#checkOpen();
    const over = AbortSignal.any([signal, this.#closing.signal]);
    yield* watchRecords({ ...this.#options, streams: this.#streams, recent: this.#recent }, over);
  }

  /** Of each stream of records. Tells of silence only what calls and watchers of this repo met. */
  health(): StreamHealth[] {
    return this.#streams.map(({ name, silentMs }) => ({ stream: name, silentMs }));
  }

  async close(): Promise<void> {
    this.#closing.abort();
  }

  #streamOf(key: string): RecordStream {
    return this.#streams[streamIndexOf(key, this.#streams.length)]!;
  }

  #checkOpen(): void {
    if (this.#closing.signal.aborted) throw new CarryoutError("closed", "this repo is closed");
  }
}
