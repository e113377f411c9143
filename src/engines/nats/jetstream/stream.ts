/** @module One JetStream stream: conditional writes, reads from its leader, quick reads from any replica. */

import { JetStreamApiError, type JetStreamManager, type StreamInfo } from "@nats-io/jetstream";
import { errors } from "@nats-io/transport-node";
import { BATCHES_SINCE, NotBatchedError, publishBatch, publishOne } from "./atomic-batch.ts";
import { readBatch, type StoredMessage } from "./batch.ts";
import { type NatsLink, REQUEST_MS } from "./connection.ts";
import { BatchRefusedError, GroupCommit, type Publication } from "./group-commit.ts";
import { getMessage, type MessageQuery } from "./message-get.ts";
import { successIn } from "./requests.ts";
import { atLeast } from "./server-version.ts";

/** Error codes of the JetStream API (nats-server, server/errors.json). */
const WRONG_LAST_SEQUENCE = 10_071;
/** Another conditional write of this subject is under way. */
const WRITE_IN_FLIGHT = 10_164;
/** Whether the request was carried out is unknown, but it can be retried. */
const PASSING = [
  10_008, // JetStream system temporarily unavailable
  10_009, // no quorum or no leader
  10_118, // stream is offline
];
const STREAM_NOT_FOUND = 10_059;
/** The stream's configuration does not allow atomic batches. */
const BATCHES_DISABLED = 10_174;
/** Answers to deleting a message that is gone; the first one is recognised by its text. */
const DELETE_FAILED = 10_057;
const MESSAGE_NOT_FOUND = [10_037, 10_043];
const GONE = /no message found|deleted message|EOF/;

export type { StoredMessage };

export interface PublishOptions {
  expected?: number;
  headers?: Record<string, string>;
  /** See `Publication`. */
  isPatient?: boolean;
}

/** Servers of a stream send each other a sign of life every second. */
const HEARD_WITHIN_NS = 3_000_000_000;

/** The answer does not come from a stream leader that has a majority: it may lack what another leader stored. */
export class NoMajorityError extends Error {
  constructor() {
    super("the server that answered leads no majority of the stream's servers; another one may lead by now");
    this.name = "NoMajorityError";
  }
}

/** What an answer about a stream's state says of its servers; a server outside a cluster says nothing. */
export type StreamServers = Pick<NonNullable<StreamInfo["cluster"]>, "leader" | "replicas">;

/**
 * Whether the server that answered leads the stream and has a majority, by the followers' last sign of life. A member
 * that knows no leader answers too, with its own old state (nats-server, `jsStreamInfoRequest`): after a cut, until it
 * hears of the new leader. The list of replicas has every server but the one that answered.
 */
export function hasMajority({ leader, replicas = [] }: StreamServers): boolean {
  if (!leader || replicas.some(({ name }) => name === leader)) return false;
  const heard = replicas.filter(({ active }) => active < HEARD_WITHIN_NS).length;
  return heard + 1 > (replicas.length + 1) / 2;
}

/**
 * The request got no answer, or one that asks for a retry: it may have been carried out. A `conflict` was not.
 */
export function isPassing(error: unknown): boolean {
  if (error instanceof JetStreamApiError) return PASSING.includes(error.code) || error.status === 503;
  // The library reports "JetStream is not enabled" when a publish gets no responders, as during an election.
  if (error instanceof Error && error.cause instanceof errors.RequestError) return true;
  return (
    error instanceof NoMajorityError ||
    error instanceof errors.TimeoutError ||
    error instanceof errors.RequestError ||
    error instanceof errors.NoRespondersError ||
    error instanceof errors.ConnectionError
  );
}

/** The subject's last sequence was not the expected one, or another write of it is under way. */
export function isConflict(error: unknown): boolean {
  return (
    error instanceof JetStreamApiError &&
    (error.code === WRONG_LAST_SEQUENCE || error.code === WRITE_IN_FLIGHT)
  );
}

export function isStreamNotFound(error: unknown): boolean {
  return error instanceof JetStreamApiError && error.code === STREAM_NOT_FOUND;
}

export async function openNatsStream(link: NatsLink, name: string): Promise<NatsStream> {
  return new NatsStream(link, name, await link.manager());
}

/** Every call asks once and fails with what the client library throws: see `isPassing`. Made by `openNatsStream`. */
export class NatsStream {
  readonly name: string;
  readonly #link: NatsLink;
  readonly #manager: JetStreamManager;
  readonly #together: GroupCommit;
  readonly #timeoutMs: number;
  #takesBatches = true;

  constructor(link: NatsLink, name: string, manager: JetStreamManager) {
    this.name = name;
    this.#link = link;
    this.#manager = manager;
    this.#timeoutMs = manager.getOptions().timeout ?? REQUEST_MS;
    const publishing = {
      batches: () => this.#takesBatches && atLeast(link.version, BATCHES_SINCE),
      // What waits while the connection is lost fails with it, and is not sent when it is back.
      one: (publication: Publication) => link.whileConnected(() => publishOne(link, name, publication)),
      all: (publications: readonly Publication[]) =>
        link.whileConnected(() => this.#publishAll(publications)),
    };
    this.#together = new GroupCommit(publishing, link.clock);
  }

  /**
   * Stores a message and returns its sequence. With `expected` only if that is the last sequence of the subject,
   * 0 for a subject without messages. With a timeout it goes alone, else together with what is published meanwhile.
   */
  async publish(
    subject: string,
    data: Uint8Array | string,
    options: PublishOptions & { timeoutMs?: number } = {},
  ): Promise<number> {
    const { timeoutMs, ...how } = options;
    const publication = { subject, data, ...how };
    if (timeoutMs === undefined) return await this.#together.publish(publication);
    return await publishOne(this.#link, this.name, publication, { timeoutMs });
  }

  async #publishAll(publications: readonly Publication[]): Promise<number[]> {
    try {
      return await publishBatch(this.#link, this.name, publications);
    } catch (error) {
      const isDisabled = error instanceof JetStreamApiError && error.code === BATCHES_DISABLED;
      if (isDisabled || error instanceof NotBatchedError) this.#takesBatches = false;
      // Also what the library refuses to send, such as a message that is too large for this server.
      if (error instanceof Error && !isPassing(error)) throw new BatchRefusedError(error);
      throw error;
    }
  }

  /** The subject's last message as the stream's leader has it. */
  async last(subject: string): Promise<StoredMessage | null> {
    return await this.#get({ last_by_subj: subject });
  }

  /** The first message at or after this sequence whose subject matches, as the stream's leader has it. */
  async next(sequence: number, filter: string): Promise<StoredMessage | null> {
    return await this.#get({ seq: sequence, next_by_subj: filter });
  }

  /** The subject's last message as some replica has it, which may lag behind by milliseconds. Needs direct access. */
  async lastAnywhere(subject: string): Promise<StoredMessage | null> {
    const found = await this.#manager.direct.getMessage(this.name, { last_by_subj: subject });
    if (found === null) return null;
    const { seq, time, header: headers, data } = found;
    return { subject: found.subject, sequence: seq, storedAt: time.getTime(), headers, data };
  }

  /**
   * All messages from this sequence on whose subjects match, as some replica has them, in order, in batches of up to
   * 1,000. Needs direct access. Servers before 2.11 are read one message at a time. Memory: one batch, 4 MiB.
   */
  async *from(sequence: number, filter: string): AsyncGenerator<StoredMessage[], void, void> {
    let at = sequence;
    if (!atLeast(this.#link.version, "2.11.0")) {
      for (let message = await this.next(at, filter); message; message = await this.next(at, filter)) {
        yield [message];
        at = message.sequence + 1;
      }
      return;
    }
    for (let pending = 1; pending > 0; ) {
      const batch = await readBatch(this.#link.nats, this.name, { seq: at, next_by_subj: filter });
      yield batch.messages;
      pending = batch.pending;
      at = (batch.messages.at(-1)?.sequence ?? at) + 1;
    }
  }

  /**
   * The last messages of these subjects, where there are any, as one replica has them at one moment. Needs direct
   * access. From servers before 2.11 they are read one after the other, from the leader.
   */
  async lastOfEach(subjects: readonly string[]): Promise<StoredMessage[]> {
    if (atLeast(this.#link.version, "2.11.0"))
      return (await readBatch(this.#link.nats, this.name, { multi_last: subjects })).messages;
    const found: StoredMessage[] = [];
    for (const subject of subjects) {
      const message = await this.last(subject);
      if (message) found.push(message);
    }
    return found;
  }

  async #get(query: MessageQuery): Promise<StoredMessage | null> {
    return await getMessage(this.#link.request, this.name, query, this.#timeoutMs);
  }

  /** Removes all messages whose subjects match. */
  async purge(filter: string): Promise<void> {
    await this.#manager.streams.purge(this.name, { filter });
  }

  /** Removes the message with this sequence, if it is still there. Its bytes are freed, not overwritten. */
  async remove(sequence: number): Promise<void> {
    try {
      await this.#manager.streams.deleteMessage(this.name, sequence, false);
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  }

  /** The stream's state as the server reports it; with a filter also its subjects and their numbers of messages. */
  async info(subjectsFilter?: string): Promise<StreamInfo> {
    if (subjectsFilter === undefined) return await this.#manager.streams.info(this.name);
    const options = { subjects_filter: subjectsFilter };
    const info = successIn<StreamInfo & { total?: number; limit?: number }>(
      await this.#link.request(`$JS.API.STREAM.INFO.${this.name}`, JSON.stringify(options), {
        timeoutMs: this.#timeoutMs,
      }),
    );
    // The library reads all pages.
    const isWhole = (info.total ?? 0) <= (info.limit ?? 0);
    return isWhole ? info : await this.#manager.streams.info(this.name, options);
  }
}

function isGone(error: unknown): boolean {
  if (!(error instanceof JetStreamApiError)) return false;
  if (error.code === DELETE_FAILED) return GONE.test(error.message);
  return MESSAGE_NOT_FOUND.includes(error.code);
}
