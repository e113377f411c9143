/** @module Stores several messages in a stream, all or none: JetStream's atomic batches, ADR-50 of NATS. */

import type { JetStreamClient, PubAck } from "@nats-io/jetstream";
import { errors, headers, type MsgHdrs } from "@nats-io/transport-node";
import type { NatsLink } from "./connection.ts";
import type { Publication } from "./group-commit.ts";

/** They came with 2.12, but servers before this version can panic over them, or deadlock. */
export const BATCHES_SINCE = "2.14.3";

/** The server that leads the stream stored the messages one by one: it is too old. It may have refused some. */
export class NotBatchedError extends errors.RequestError {
  constructor() {
    super("the server does not support atomic batches");
    this.name = "NotBatchedError";
  }
}

/** Stores one message, and returns its sequence. */
export async function publishOne(
  js: JetStreamClient,
  stream: string,
  { subject, data, ...publication }: Publication,
  { timeoutMs }: { timeoutMs?: number | undefined } = {},
): Promise<number> {
  const sent = headersOf(stream, publication);
  const ack = await js.publish(subject, data, {
    headers: sent,
    ...(timeoutMs !== undefined && { timeout: timeoutMs }),
  });
  return ack.seq;
}

/**
 * Stores all, one after the other, or none, and returns their sequences. The server checks all conditions first. Each
 * subject may occur once.
 */
export async function publishBatch(
  { nats, js, clock }: Pick<NatsLink, "nats" | "js" | "clock">,
  stream: string,
  publications: readonly Publication[],
): Promise<number[]> {
  const id = clock.id();
  const count = publications.length;
  const members = publications.map(({ subject, data, ...publication }, index) => {
    const sent = headersOf(stream, publication);
    sent.set("Nats-Batch-Id", id);
    sent.set("Nats-Batch-Sequence", String(index + 1));
    return { subject, data, sent };
  });
  const last = members.pop()!;
  // Without answers of their own: when one is refused, so is the last.
  for (const { subject, data, sent } of members) nats.publish(subject, data, { headers: sent });
  last.sent.set("Nats-Batch-Commit", "1");
  const ack: PubAck & { batch?: string; count?: number } = await js.publish(last.subject, last.data, {
    headers: last.sent,
  });
  if (ack.batch !== id || ack.count !== count) throw new NotBatchedError();
  return publications.map((_, index) => ack.seq - (count - 1 - index));
}

function headersOf(
  stream: string,
  { expected, headers: own = {} }: Pick<Publication, "expected" | "headers">,
): MsgHdrs {
  const sent = headers();
  for (const [name, value] of Object.entries(own)) sent.set(name, value);
  sent.set("Nats-Expected-Stream", stream);
  if (expected !== undefined) sent.set("Nats-Expected-Last-Subject-Sequence", String(expected));
  return sent;
}
