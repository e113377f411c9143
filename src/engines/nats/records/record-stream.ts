/** @module One stream of one kind of records: its entries as its leader has them, and how long that was silent. */

import type { StreamInfo } from "@nats-io/jetstream";
import type { Subscription } from "@nats-io/transport-node";
import type { Clock } from "../../../ports/clock.ts";
import type { Version } from "../../../ports/repo.ts";
import { storedMessageOf } from "../jetstream/batch.ts";
import type { NatsLink } from "../jetstream/connection.ts";
import type { Layout } from "../jetstream/layout.ts";
import {
  hasMajority,
  isPassing,
  type NatsStream,
  NoMajorityError,
  type PublishOptions,
  type StoredMessage,
} from "../jetstream/stream.ts";
import { Horizon } from "./horizon.ts";
import { type Entry, entryOf } from "./record-entry.ts";
import { PLACES, type RecordPart, type RecordPlace } from "./record-places.ts";
import { sequenceOf, versionOf } from "./record-subjects.ts";

const EVERYTHING = ">";
/** A request that is not repeated for this long was given up: it is unknown whether the leader is still silent. */
const GIVEN_UP_MS = 15_000;

export interface RecordStreamOptions {
  link: NatsLink;
  layout: Layout;
  clock: Clock;
}

/** This part of the streams with this number. Writes go together with those of other parts of the same `stream`. */
export async function openRecordStream(
  options: RecordStreamOptions,
  part: RecordPart,
  index: number,
  stream: (name: string) => Promise<NatsStream>,
): Promise<RecordStream> {
  const place = PLACES[part](options.layout.name, index);
  return new RecordStream(await stream(place.stream), { ...options, index, place });
}

/** Every call asks once and fails with what the client library throws, see `isPassing`. Made by `openRecordStream`. */
export class RecordStream {
  readonly index: number;
  readonly horizon = new Horizon();
  readonly #stream: NatsStream;
  readonly #options: RecordStreamOptions & { place: RecordPlace };
  readonly #subjects: string;
  /** When the leader's oldest unanswered request was sent. */
  #askedAt: number | null = null;
  #askedLastAt = 0;
  #newest = 0;

  constructor(stream: NatsStream, options: RecordStreamOptions & { place: RecordPlace; index: number }) {
    this.#stream = stream;
    this.#options = options;
    this.index = options.index;
    this.#subjects = options.place.subjects;
  }

  get name(): string {
    return this.#stream.name;
  }

  /** The highest sequence ever seen here. */
  get newest(): number {
    return this.#newest;
  }

  /** For how long the leader has owed an answer, ms; 0 if it answered the last request, or requests ceased. */
  get silentMs(): number {
    const now = this.#options.clock.monotonic();
    return this.#askedAt === null || now - this.#askedLastAt > GIVEN_UP_MS ? 0 : now - this.#askedAt;
  }

  versionOf(sequence: number, isRemoval = false): Version {
    const { recordStreams: streams } = this.#options.layout;
    return versionOf(sequence, { streamIndex: this.index, streams, isRemoval });
  }

  /** The sequence of a record's version, null when it can't be one of this stream. */
  sequenceOf(version: Version): number | null {
    const { recordStreams: streams } = this.#options.layout;
    return sequenceOf(version, { streamIndex: this.index, streams });
  }

  /** Stores a message and returns its sequence. `expected`: only if that is its subject's last sequence (0: none). */
  async publish(name: string, body: string, options: PublishOptions = {}): Promise<number> {
    const isPatient = this.#options.place.isPatient || options.isPatient || false;
    const publish = () => this.#stream.publish(`${this.#subjects}${name}`, body, { ...options, isPatient });
    return this.#saw(await this.horizon.writing(() => this.#ask(publish)));
  }

  /** The last entry of a key. */
  async last(key: string): Promise<Entry | null> {
    return this.#entryOrNull(await this.#ask(() => this.#stream.last(`${this.#subjects}${key}`)));
  }

  /** The last message of a subject that belongs to no record. */
  async lastMessage(name: string): Promise<StoredMessage | null> {
    return await this.#ask(() => this.#stream.last(`${this.#subjects}${name}`));
  }

  /** The very last entry: it can't be swept, so its sequence shows how much the leader knows. */
  async lastOfAll(): Promise<Entry | null> {
    // The stream has no other subjects. The server answers ">" at once; for the longer filter, which alone is correct
    // if the very last message was deleted, it searches all subjects.
    const quick = await this.#ask(() => this.#stream.last(EVERYTHING));
    if (quick !== null) return this.#entryOrNull(quick);
    return this.#entryOrNull(await this.#ask(() => this.#stream.last(`${this.#subjects}${EVERYTHING}`)));
  }

  /** The first entry at or after this sequence, of the keys that match. */
  async next(sequence: number, keys: string = EVERYTHING): Promise<Entry | null> {
    return this.#entryOrNull(await this.#ask(() => this.#stream.next(sequence, `${this.#subjects}${keys}`)));
  }

  /**
   * The entries from this sequence on, of the keys that match, or all of the stream, as some replica has them, which
   * may lag behind, in batches.
   */
  async *from(sequence: number, keys?: string): AsyncGenerator<Entry[], void, void> {
    // Without a filter the server has half the work.
    const filter = keys === undefined ? EVERYTHING : `${this.#subjects}${keys}`;
    for await (const messages of this.#stream.from(sequence, filter)) {
      yield messages.map((message) => this.#entry(message));
    }
  }

  /** One answer of the leader: its last sequence, and whether the key has a message. */
  async holds(key: string): Promise<{ newest: number; isThere: boolean }> {
    const state = await this.#stateOf(key);
    return { newest: state.last_seq, isThere: Object.keys(state.subjects ?? {}).length > 0 };
  }

  async info(): Promise<StreamInfo> {
    return await this.#ask(() => this.#stream.info());
  }

  /** The names of the subjects that match, in no particular order, without reading their messages. */
  async names(filter: string): Promise<string[]> {
    const state = await this.#stateOf(filter);
    return Object.keys(state.subjects ?? {}).map((subject) => subject.slice(this.#subjects.length));
  }

  /** The state from a leader that has a majority: a server that was cut off may lack everything since. */
  async #stateOf(filter: string): Promise<StreamInfo["state"]> {
    const state = await this.#ask(async () => {
      const { state, cluster } = await this.#stream.info(`${this.#subjects}${filter}`);
      if (cluster && !hasMajority(cluster)) throw new NoMajorityError();
      return state;
    });
    this.#saw(state.last_seq);
    return state;
  }

  /** Removes all messages under this name for good, without a tombstone. */
  async purge(name: string): Promise<void> {
    await this.#ask(() => this.#stream.purge(`${this.#subjects}${name}`));
  }

  /** Removes the message with this sequence, never a newer one of its subject. */
  async remove(sequence: number): Promise<void> {
    await this.#ask(() => this.#stream.remove(sequence));
  }

  /** Calls back with every entry stored from now on whose key matches, unless its live message is lost. */
  subscribe(
    callback: (error: Error | null, entry: Entry | null) => void,
    keys: string = EVERYTHING,
  ): Subscription {
    const { link, place } = this.#options;
    if (place.live === null) throw new TypeError(`nothing is sent on from ${place.subjects}`);
    return link.nats.subscribe(`${place.live}${keys}`, {
      callback: (error, message) => {
        callback(error ?? null, error ? null : this.#entry(storedMessageOf(message)));
      },
    });
  }

  async #ask<Answer>(question: () => Promise<Answer>): Promise<Answer> {
    const now = this.#options.clock.monotonic();
    if (now - this.#askedLastAt > GIVEN_UP_MS) this.#askedAt = null;
    this.#askedAt ??= now;
    this.#askedLastAt = now;
    try {
      const answer = await this.#options.link.whileConnected(question);
      this.#askedAt = null;
      return answer;
    } catch (error) {
      if (!isPassing(error)) this.#askedAt = null;
      throw error;
    }
  }

  #entryOrNull(message: StoredMessage | null): Entry | null {
    return message === null ? null : this.#entry(message);
  }

  #entry(message: StoredMessage): Entry {
    this.#saw(message.sequence);
    return entryOf(message, this.#subjects);
  }

  #saw(sequence: number): number {
    this.#newest = Math.max(this.#newest, sequence);
    return sequence;
  }
}
