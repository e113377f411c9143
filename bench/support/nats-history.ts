/** @module Puts downloads into a history on NATS in bulk: the messages that `NatsHistory.put` sends, many under way. */

import { jetstreamManager } from "@nats-io/jetstream";
import { connect, createInbox, headers, type NatsConnection } from "@nats-io/transport-node";
import { encodeDownload } from "../../src/download/codec.ts";
import type { Download } from "../../src/download/download.ts";
import { downloadKey } from "../../src/download/key.ts";
import { historyStream, historySubjects } from "../../src/engines/nats/jetstream/layout.ts";
import { readNatsUrl } from "../../src/engines/nats/nats-url.ts";
import { dueName, sliceOf } from "../../src/engines/nats/records/history-index.ts";
import { headersOf } from "../../src/engines/nats/records/record-entry.ts";
import { streamIndexOf } from "../../src/engines/nats/records/record-subjects.ts";

/** Messages without an acknowledgement: the inbound queue of a stream takes 10,000. */
const UNDER_WAY = 3_000;
const AGAIN_MS = 100;
/** For the acknowledgements of half of them. */
const PATIENCE_MS = 60_000;

/** The streams must exist, and the downloads be new and expire. */
export async function fillNatsHistory(url: string, downloads: Iterable<Download>): Promise<void> {
  const { servers, name } = readNatsUrl(url);
  const nats = await connect({ servers: [...servers] });
  try {
    const streams = await historyStreamsOf(nats, name);
    const sender = new Sender(nats);
    const slices = new Set<string>();
    for (const download of downloads) {
      for (const { stream, rest, text, isRecord } of messagesOf(download, streams)) {
        if (rest.startsWith("slice.")) {
          if (slices.has(`${stream}.${rest}`)) continue;
          slices.add(`${stream}.${rest}`);
        }
        await sender.send(`${historySubjects(name, stream)}${rest}`, text, isRecord);
      }
    }
    await sender.finished();
  } finally {
    await nats.close();
  }
}

/** How many there are. */
async function historyStreamsOf(nats: NatsConnection, name: string): Promise<number> {
  const manager = await jetstreamManager(nats);
  const names = await Array.fromAsync(manager.streams.names());
  let streams = 0;
  while (names.includes(historyStream(name, streams))) streams += 1;
  if (streams === 0) throw new Error("no history streams: a node has to create them first");
  return streams;
}

function messagesOf(download: Download, streams: number) {
  const { user, id, expiresAt } = download;
  const key = downloadKey(user, id);
  const ofId = streamIndexOf(`${id}.`, streams);
  const index = (rest: string) => ({ stream: ofId, rest, text: "", isRecord: false });
  return [
    {
      stream: streamIndexOf(key, streams),
      rest: `record.${key}`,
      text: encodeDownload(download),
      isRecord: true,
    },
    index(dueName(key, expiresAt!)),
    index(`slice.${sliceOf(expiresAt!)}`),
  ];
}

class Sender {
  readonly #nats: NatsConnection;
  readonly #inbox = createInbox();
  /** By the last part of the subject of their answers. */
  readonly #underWay = new Map<string, () => void>();
  #sent = 0;
  #failure: Error | null = null;
  #wake = () => {};

  constructor(nats: NatsConnection) {
    this.#nats = nats;
    nats.subscribe(`${this.#inbox}.*`, {
      callback: (error, message) => {
        const number = message.subject.slice(this.#inbox.length + 1);
        // Nobody led the stream at that moment.
        if (error === null && message.data.length === 0)
          return void setTimeout(this.#underWay.get(number)!, AGAIN_MS);
        const refusal = error ?? message.json<{ error?: object }>().error ?? null;
        if (refusal !== null) this.#failure ??= new Error(`not stored: ${JSON.stringify(refusal)}`);
        this.#underWay.delete(number);
        this.#wake();
      },
    });
  }

  async send(subject: string, text: string, isRecord: boolean): Promise<void> {
    const sent = headers();
    for (const [name, value] of Object.entries(headersOf("bench", text))) sent.set(name, value);
    this.#sent += 1;
    const reply = `${this.#inbox}.${this.#sent}`;
    const publish = () => this.#nats.publish(subject, text, { reply, ...(isRecord && { headers: sent }) });
    this.#underWay.set(String(this.#sent), publish);
    publish();
    if (this.#underWay.size >= UNDER_WAY) await this.#until(UNDER_WAY / 2);
  }

  async finished(): Promise<void> {
    await this.#until(0);
  }

  /** At most this many are under way. */
  async #until(few: number): Promise<void> {
    const waiting = Promise.withResolvers<void>();
    const timer = setTimeout(() => {
      waiting.reject(new Error(`${this.#underWay.size} messages not stored within ${PATIENCE_MS / 1_000} s`));
    }, PATIENCE_MS);
    this.#wake = () => {
      if (this.#failure !== null) waiting.reject(this.#failure);
      else if (this.#underWay.size <= few) waiting.resolve();
    };
    this.#wake();
    await waiting.promise.finally(() => clearTimeout(timer));
    this.#wake = () => {};
  }
}
