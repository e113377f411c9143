/** @module The slots on NATS: watched by every node, in streams whose messages are all republished. */

import { encodeDownload } from "../../../download/codec.ts";
import type { Download } from "../../../download/download.ts";
import { keyOf, userPrefix } from "../../../download/key.ts";
import type { Stored, Version } from "../../../ports/repo.ts";
import type { SlotEvent, Slots } from "../../../ports/slots.ts";
import { listed, slotEventOf, storedOf } from "../../../ports/stored-text.ts";
import type { NatsTable } from "./nats-table.ts";
import { watchRecords } from "./record-feed.ts";
import { StreamFeed, type StreamFeedOptions } from "./stream-feed.ts";

export type SlotFeedOptions = Pick<StreamFeedOptions, "link" | "clock" | "log"> & {
  checkOpen: () => void;
  /** Ends every watch. */
  closing: AbortSignal;
};

export class NatsSlots implements Slots {
  readonly #table: NatsTable;
  readonly #options: SlotFeedOptions;

  constructor(table: NatsTable, options: SlotFeedOptions) {
    this.#table = table;
    this.#options = options;
  }

  async fetch(key: string): Promise<Stored | null> {
    const found = await this.#table.get(key);
    return found === undefined ? null : storedOf(found);
  }

  async list(user: string): Promise<Stored[]> {
    return listed(await this.#table.ofUser(userPrefix(user)));
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
    const { link, clock, log, checkOpen, closing } = this.#options;
    const { streams, recent } = this.#table;
    return watchRecords<SlotEvent>(
      {
        streams,
        recent,
        checkOpen,
        eventOf: slotEventOf,
        openFeed: (stream, told) => new StreamFeed({ stream, link, clock, log, ...told }),
      },
      [signal, closing],
    );
  }
}
