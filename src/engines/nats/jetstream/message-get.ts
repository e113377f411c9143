/** @module Reads one stored message as a stream's leader has it, in less time than the client library takes. */

import { JetStreamApiError } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import type { StoredMessage } from "./batch.ts";
import { headersIn } from "./message-headers.ts";

/** Error code of the JetStream API (nats-server, server/errors.json). */
const NO_MESSAGE_FOUND = 10_037;

export type MessageQuery = { last_by_subj: string } | { seq: number; next_by_subj: string };

/** The answer of the JetStream API, as its documentation describes it; `hdrs` and `data` are base64. */
interface Answer {
  message?: { subject: string; seq: number; time: string; hdrs?: string; data?: string };
  error?: { code: number; err_code: number; description: string };
}

/** Null if there is none. */
export async function getMessage(
  nats: NatsConnection,
  stream: string,
  query: MessageQuery,
  timeoutMs: number,
): Promise<StoredMessage | null> {
  const request = JSON.stringify(query);
  const answer = await nats.request(`$JS.API.STREAM.MSG.GET.${stream}`, request, { timeout: timeoutMs });
  const { message, error } = answer.json<Answer>();
  // Most users have few records, so that this is a frequent answer.
  if (error?.err_code === NO_MESSAGE_FOUND) return null;
  if (error) throw new JetStreamApiError(error);
  if (!message) throw new TypeError(`stream ${stream} answered with neither a message nor an error`);
  return {
    subject: message.subject,
    sequence: message.seq,
    storedAt: Date.parse(message.time),
    headers: headersIn(Buffer.from(message.hdrs ?? "", "base64").toString("utf8")),
    data: Buffer.from(message.data ?? "", "base64"),
  };
}
