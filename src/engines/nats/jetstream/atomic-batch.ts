/** @module Stores several messages in a stream, all or none: JetStream's atomic batches, ADR-50 of NATS. */

import { errors } from "@nats-io/transport-node";
import { type NatsLink, REQUEST_MS } from "./connection.ts";
import type { Publication } from "./group-commit.ts";
import { headersToSend, successIn } from "./requests.ts";

/** They came with 2.12, but servers before this version can panic over them, or deadlock. */
export const BATCHES_SINCE = "2.14.3";

/** The server that leads the stream stored the messages one by one: it is too old. It may have refused some. */
export class NotBatchedError extends errors.RequestError {
  constructor() {
    super("the server does not support atomic batches");
    this.name = "NotBatchedError";
  }
}

/** What a stream answers to a stored message. */
interface Ack {
  stream: string;
  seq: number;
  batch?: string;
  count?: number;
}

type Sends = Pick<NatsLink, "request">;

/** Stores one message, and returns its sequence. */
export async function publishOne(
  { request }: Sends,
  stream: string,
  { subject, data, ...publication }: Publication,
  { timeoutMs = REQUEST_MS }: { timeoutMs?: number | undefined } = {},
): Promise<number> {
  const headers = headersToSend(headersOf(stream, publication));
  return successIn<Ack>(await request(subject, data, { timeoutMs, headers })).seq;
}

/**
 * Stores all, one after the other, or none, and returns their sequences. The server checks all conditions first. Each
 * subject may occur once.
 */
export async function publishBatch(
  { nats, request, clock }: Sends & Pick<NatsLink, "nats" | "clock">,
  stream: string,
  publications: readonly Publication[],
): Promise<number[]> {
  const id = clock.id();
  const count = publications.length;
  const sent = publications.map((publication, index) => ({
    ...headersOf(stream, publication),
    "Nats-Batch-Id": id,
    "Nats-Batch-Sequence": String(index + 1),
  }));
  // Without answers of their own: when one is refused, so is the last.
  for (const [index, { subject, data }] of publications.slice(0, -1).entries())
    nats.publish(subject, data, { headers: headersToSend(sent[index]!) });
  const last = publications.at(-1)!;
  const headers = headersToSend({ ...sent.at(-1), "Nats-Batch-Commit": "1" });
  const ack = successIn<Ack>(await request(last.subject, last.data, { timeoutMs: REQUEST_MS, headers }));
  if (ack.batch !== id || ack.count !== count) throw new NotBatchedError();
  return publications.map((_, index) => ack.seq - (count - 1 - index));
}

function headersOf(
  stream: string,
  { expected, headers }: Pick<Publication, "expected" | "headers">,
): Record<string, string> {
  return {
    ...headers,
    "Nats-Expected-Stream": stream,
    ...(expected !== undefined && { "Nats-Expected-Last-Subject-Sequence": String(expected) }),
  };
}
