/** @module Reads one stored message as a stream's leader has it, in less time than the client library takes. */

import { JetStreamApiError } from "@nats-io/jetstream";
import type { StoredMessage } from "./batch.ts";
import { headersIn } from "./message-headers.ts";
import { answerIn, type Request } from "./requests.ts";

/** Error code of the JetStream API (nats-server, server/errors.json). */
const NO_MESSAGE_FOUND = 10_037;

export type MessageQuery = { last_by_subj: string } | { seq: number; next_by_subj: string };

/** The answer of the JetStream API, as its documentation describes it; `hdrs` and `data` are base64. */
interface Answer {
  message?: { subject: string; seq: number; time: string; hdrs?: string; data?: string };
}

/** Null if there is none. */
export async function getMessage(
  request: Request,
  stream: string,
  query: MessageQuery,
  timeoutMs: number,
): Promise<StoredMessage | null> {
  const subject = `$JS.API.STREAM.MSG.GET.${stream}`;
  const { message, error } = answerIn<Answer>(await request(subject, JSON.stringify(query), { timeoutMs }));
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
