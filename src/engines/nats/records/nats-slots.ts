/** @module The slots on NATS: watched by every node, in streams whose messages are all republished. */

import { encodeDownload } from "../../../download/codec.ts";
import type { Download } from "../../../download/download.ts";
import { keyOf, ownerOf, userPrefix } from "../../../download/key.ts";
import type { Stored, Version } from "../../../ports/repo.ts";
import type { SlotEvent, Slots } from "../../../ports/slots.ts";
import { type KeyedText, listed, slotEventOf, storedOf } from "../../../ports/stored-text.ts";
import type { NatsTable } from "./nats-table.ts";
import type { Entry } from "./record-entry.ts";
import { type Feed, type FeedTold, watchRecords } from "./record-feed.ts";
import type { RecordStream } from "./record-stream.ts";
import { type Seen, SlotView } from "./slot-view.ts";
import { StreamFeed, type StreamFeedOptions } from "./stream-feed.ts";

export type SlotFeedOptions = Pick<StreamFeedOptions, "link" | "clock" | "log"> & {
  checkOpen: () => void;
  /** Ends every watch. */
  closing: AbortSignal;
};

export class NatsSlots implements Slots {
  readonly #table: NatsTable;
  readonly #options: SlotFeedOptions;
  /** Of the streams that are watched. */
  readonly #views = new Map<RecordStream, SlotView>();

  constructor(table: NatsTable, options: SlotFeedOptions) {
    this.#table = table;
    this.#options = options;
  }

  async fetch(key: string): Promise<Stored | null> {
    const found = await this.#table.get(key);
    return found === undefined ? null : storedOf(found);
  }

  /** While the slots are watched, what has arrived is enough, once it is known how far the stream has come. */
  async list(user: string): Promise<Stored[]> {
    const prefix = userPrefix(user);
    return listed((await this.#arrived(prefix)) ?? (await this.#table.ofUser(prefix)));
  }

  async insert(download: Download): Promise<Version | null> {
    return await this.#table.insert(keyOf(download), encodeDownload(download));
  }

  async update(download: Download, version: Version): Promise<Version | null> {
    return await this.#table.replace(keyOf(download), encodeDownload(download), version);
  }

  async remove(key: string, version: Version): Promise<Version | null> {
    return await this.#table.replace(key, null, version);
  }

  watch(signal: AbortSignal): AsyncGenerator<SlotEvent, void, void> {
    const { checkOpen, closing } = this.#options;
    const { streams, recent } = this.#table;
    return watchRecords<SlotEvent>(
      {
        streams,
        recent,
        checkOpen,
        eventOf: slotEventOf,
        openFeed: (stream, told) => this.#openFeed(stream, told),
      },
      [signal, closing],
    );
  }

  #openFeed(stream: RecordStream, told: FeedTold): Feed {
    const { link, clock, log } = this.#options;
    const view = new SlotView(clock);
    const end = () => {
      view.end();
      if (this.#views.get(stream) === view) this.#views.delete(stream);
    };
    const onEntries = (entries: readonly Entry[]) => {
      view.take(entries);
      told.onEntries(entries);
    };
    const onLost = () => {
      end();
      told.onLost();
    };
    const feed = new StreamFeed({ stream, link, clock, log, onEntries, onLost });
    return {
      async *snapshot() {
        for await (const entries of feed.snapshot()) {
          view.take(entries);
          yield entries;
        }
      },
      follow: () => {
        this.#views.set(stream, view);
        feed.follow();
      },
      end: () => {
        end();
        feed.end();
      },
    };
  }

  /** The texts of a user, which have every write that was acknowledged before the call; null if they must be read. */
  async #arrived(prefix: string): Promise<KeyedText[] | null> {
    this.#options.checkOpen();
    const stream = this.#table.streamOf(prefix);
    const view = this.#views.get(stream);
    if (!view) return null;
    const { newest } = stream;
    const sequence = await this.#table.horizon(stream);
    // Lower than before: this leader was deposed, and is unaware of it.
    const seen = sequence < newest ? null : await view.ofOwner(ownerOf(prefix), sequence);
    if (seen === null) return null;
    const texts = await Promise.all(seen.map((one) => this.#textOf(stream, one)));
    return texts.filter((text) => text !== undefined);
  }

  async #textOf(stream: RecordStream, { key, sequence, text }: Seen): Promise<KeyedText | undefined> {
    return text === null ? this.#table.get(key) : { key, version: stream.versionOf(sequence), text };
  }
}
