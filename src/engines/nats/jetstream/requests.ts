/** @module Requests and messages with headers, in less time than the client library takes: a short download has a dozen. */

import { JetStreamApiError } from "@nats-io/jetstream";
import { errors, type Msg, type MsgHdrs, type NatsConnection } from "@nats-io/transport-node";

/** Of the library's inside: who waits for which answer. If it changes, the library's own requests are used. */
interface Answers {
  baseInbox: string;
  add(asked: Asked): void;
  cancel(asked: Asked): void;
}

interface Asked {
  readonly token: string;
  readonly requestSubject: string;
  received: number;
  resolver(error: Error | null, message: Msg): void;
}

export interface RequestOptions {
  timeoutMs: number;
  headers?: MsgHdrs | undefined;
}

/** Errors are those of the library's `request`: see `isPassing`. */
export type Request = (subject: string, data: Uint8Array | string, options: RequestOptions) => Promise<Msg>;

const LINE_BREAK = /[\r\n]/;

export function requestsOf(nats: NatsConnection): Request {
  const answers = answersOf(nats);
  if (!answers)
    return (subject, data, { timeoutMs, headers }) =>
      nats.request(subject, data, { timeout: timeoutMs, ...(headers && { headers }) });
  let number = 0;
  return (subject, data, { timeoutMs, headers }) =>
    new Promise((resolve, reject) => {
      number += 1;
      const end = () => {
        clearTimeout(timer);
        answers.cancel(asked);
      };
      const asked: Asked = {
        // The library's own tokens have no hyphen.
        token: `-${number.toString(36)}`,
        requestSubject: subject,
        received: 0,
        resolver: (error, message) => {
          end();
          if (error) reject(new errors.RequestError(error.message, { cause: error }));
          else resolve(message);
        },
      };
      const timer = setTimeout(() => {
        end();
        reject(new errors.TimeoutError());
      }, timeoutMs);
      answers.add(asked);
      try {
        nats.publish(subject, data, { reply: answers.baseInbox + asked.token, ...(headers && { headers }) });
      } catch (error) {
        end();
        reject(error);
      }
    });
}

/** Headers to be sent, in the form of ADR-4 of NATS. To be sent is all that they can. */
export function headersToSend(values: Readonly<Record<string, string>>): MsgHdrs {
  let text = "NATS/1.0\r\n";
  for (const [name, value] of Object.entries(values)) {
    if (LINE_BREAK.test(value)) throw new TypeError(`the header ${name} must not have line breaks`);
    text += `${name}: ${value}\r\n`;
  }
  return { encode: () => Buffer.from(`${text}\r\n`) } as unknown as MsgHdrs;
}

interface ApiError {
  code: number;
  err_code: number;
  description: string;
}

/** What JetStream answers, perhaps an error. */
export function answerIn<Answer extends object>({
  data,
}: Pick<Msg, "data">): Partial<Answer> & { error?: ApiError } {
  return JSON.parse(Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("utf8"));
}

/** The same, where every error is one. Errors: `JetStreamApiError`. */
export function successIn<Answer extends object>(message: Pick<Msg, "data">): Answer {
  const answer = answerIn<Answer>(message);
  if (answer.error) throw new JetStreamApiError(answer.error);
  return answer as Answer;
}

function answersOf(nats: NatsConnection): Answers | null {
  const { protocol } = nats as unknown as {
    protocol?: { initMux?(): void; muxSubscriptions?: Partial<Answers> };
  };
  protocol?.initMux?.();
  const { baseInbox, add, cancel } = protocol?.muxSubscriptions ?? {};
  return baseInbox && add && cancel ? (protocol!.muxSubscriptions as Answers) : null;
}
