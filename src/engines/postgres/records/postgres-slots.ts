/** @module The slots in PostgreSQL. */

import { encodeDownload } from "../../../download/codec.ts";
import type { Download } from "../../../download/download.ts";
import { keyOf, userPrefix } from "../../../download/key.ts";
import type { Stored, Version } from "../../../ports/repo.ts";
import type { SlotEvent, Slots } from "../../../ports/slots.ts";
import { listed, storedOf } from "../../../ports/stored-text.ts";
import type { SlotFeed } from "../feed/slot-feed.ts";
import type { RecordTable } from "./record-table.ts";

export class PostgresSlots implements Slots {
  readonly #table: RecordTable;
  readonly #feed: SlotFeed;

  constructor(table: RecordTable, feed: SlotFeed) {
    this.#table = table;
    this.#feed = feed;
  }

  async fetch(key: string): Promise<Stored | null> {
    const found = await this.#table.get(key);
    return found === undefined ? null : storedOf(found);
  }

  async list(user: string): Promise<Stored[]> {
    return listed(await this.#table.ofPrefix(userPrefix(user)));
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

  watch(signal: AbortSignal): AsyncIterable<SlotEvent> {
    return this.#feed.watch(signal);
  }
}
