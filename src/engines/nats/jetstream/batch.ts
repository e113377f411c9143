/** @module Reads many stored messages with one request (JetStream's batched direct get, nats-server 2.11, ADR-31). */

import { createInbox, errors, type Msg, type NatsConnection } from "@nats-io/transport-node";
import { headersOf, type MessageHeaders } from "./message-headers.ts";

export interface StoredMessage {
  subject: string;
  sequence: number;
  /** When the leader stored it, by its clock: milliseconds since the epoch. */
  storedAt: number;
  headers: Pick<MessageHeaders, "get">;
  data: Uint8Array;
}

export interface Batch {
  messages: StoredMessage[];
  /** How many matching messages the replica has after these. */
  pending: number;
}

/** Limits of messages and bytes per answer. */
const MOST_MESSAGES = 1_000;
const MOST_BYTES = 4 * 1024 * 1024;
/** Silence within an answer after which the rest counts as lost. */
const SILENCE_MS = 2_000;
const END_OF_BATCH = 204;
const NOT_FOUND = 404;

/** The messages of matching subjects from a sequence on, or the last ones of some subjects. */
export type BatchQuery = { seq: number; next_by_subj: string } | { multi_last: readonly string[] };

/** One complete batch from one replica at one moment: fails with a `TimeoutError` if part of it does not arrive. */
export async function readBatch(nats: NatsConnection, stream: string, query: BatchQuery): Promise<Batch> {
  const inbox = createInbox();
  const messages: StoredMessage[] = [];
  const request = JSON.stringify({ ...query, batch: MOST_MESSAGES, max_bytes: MOST_BYTES });
  return await new Promise<Batch>((resolve, reject) => {
    const end = (settle: () => void) => {
      clearTimeout(silence);
      subscription.unsubscribe();
      settle();
    };
    const silence = setTimeout(() => end(() => reject(new errors.TimeoutError())), SILENCE_MS);
    const subscription = nats.subscribe(inbox, {
      callback: (error, message) => {
        silence.refresh();
        if (error) return end(() => reject(error));
        const headers = headersOf(message);
        const status = headers?.code ?? 0;
        if (status === END_OF_BATCH || status === NOT_FOUND) {
          const pending = Number(headers?.get("Nats-Num-Pending") || 0);
          return end(() => resolve({ messages, pending }));
        }
        if (status !== 0)
          return end(() => reject(new errors.RequestError(`${status} ${headers?.description}`)));
        // Each message names its predecessor in the answer, so that a missing one is noticed.
        const before = messages.at(-1)?.sequence ?? 0;
        if (Number(headers?.get("Nats-Last-Sequence") || 0) !== before)
          return end(() => reject(new errors.TimeoutError()));
        messages.push(storedMessageOf(message, headers));
      },
    });
    nats.publish(`$JS.API.DIRECT.GET.${stream}`, request, { reply: inbox });
  });
}

/** A message as direct gets and republished copies carry it. */
export function storedMessageOf(message: Msg, headers = headersOf(message)): StoredMessage {
  if (!headers) throw new TypeError("a stored message has headers");
  return {
    subject: headers.get("Nats-Subject"),
    sequence: Number(headers.get("Nats-Sequence")),
    storedAt: Date.parse(headers.get("Nats-Time-Stamp")),
    headers,
    data: message.data,
  };
}
