/** @module The history on NATS: found by its user, by its id, and by the time when it expires. */

import { encodeDownload } from "../../../download/codec.ts";
import type { Download } from "../../../download/download.ts";
import { downloadKey, isDownloadId, userPrefix } from "../../../download/key.ts";
import { inHistoryOrder } from "../../../download/order.ts";
import type { Found, History, HistoryMatches, HistoryPage, HistorySearch } from "../../../ports/history.ts";
import type { Stored, Version } from "../../../ports/repo.ts";
import { foundOf, type KeyedText, listed, storedOf } from "../../../ports/stored-text.ts";
import { dueTimeOf, type HistoryIndex } from "./history-index.ts";
import { searchHistory } from "./history-search.ts";
import { keyedTexts, type NatsTable } from "./nats-table.ts";
import type { RecordPatience } from "./record-patience.ts";
import { entriesAfter } from "./record-scan.ts";
import { isKey } from "./record-subjects.ts";

/** Number of records read at the same time. */
const AT_ONCE = 50;

export interface NatsHistoryOptions {
  records: NatsTable;
  index: HistoryIndex;
  patience: RecordPatience;
  checkOpen: () => void;
}

/** A user's own records are read to list a page of them: they are few, see `keepPerUser`. */
export class NatsHistory implements History {
  readonly #options: NatsHistoryOptions;

  constructor(options: NatsHistoryOptions) {
    this.#options = options;
  }

  /** Stores the record first: until the index has it too, the call is not complete, and will be repeated. */
  async put(download: Download): Promise<boolean> {
    const { records, index } = this.#options;
    const key = downloadKey(download.user, download.id);
    const text = encodeDownload(download);
    const present = await records.create(key, text);
    if (present !== null && present.there === null) return false;
    await index.note(key, present === null ? dueTimeOf(download) : dueTimeIn(key, present.there));
    return true;
  }

  async fetch(key: string): Promise<Stored | null> {
    const found = await this.#options.records.getSurely(key);
    return found === undefined ? null : storedOf(found);
  }

  async find(id: string): Promise<Found | null> {
    const { records, index, checkOpen } = this.#options;
    checkOpen();
    const owner = isDownloadId(id) ? await index.ownerOf(id) : null;
    const found = owner === null ? undefined : await records.getSurely(`${owner}.${id}`);
    return found === undefined ? null : foundOf(found);
  }

  async list(user: string, { limit, after }: HistoryPage): Promise<Stored[]> {
    return listed(await this.#options.records.ofUser(userPrefix(user), { isLarge: true }))
      .filter(({ download }) => after === undefined || inHistoryOrder(after, download) < 0)
      .sort((a, b) => inHistoryOrder(a.download, b.download))
      .slice(0, limit);
  }

  async size(user: string): Promise<number> {
    return await this.#options.records.countOf(userPrefix(user));
  }

  async update(download: Download, version: Version): Promise<Version | null> {
    const { records, index } = this.#options;
    const key = downloadKey(download.user, download.id);
    const text = encodeDownload(download);
    const present = await records.get(key);
    if (present?.version !== version) return null;
    const [before, after] = [dueTimeIn(key, present.text), dueTimeOf(download)];
    const isMoved = before !== after;
    // If the record does not get this time in the end, the entry is skipped, and swept later.
    if (isMoved) await index.note(key, after);
    const updated = await records.replace(key, text, version);
    if (updated !== null && isMoved) await index.forget(key, before);
    return updated;
  }

  async remove(key: string): Promise<boolean> {
    const { records, index, checkOpen } = this.#options;
    checkOpen();
    if (!isKey(key)) return false;
    await index.noteGone(key);
    const before = await records.bury(key, { again: false });
    if (before === null) return false;
    await index.forget(key, dueTimeIn(key, before));
    return true;
  }

  async expired(until: number, limit: number): Promise<Stored[]> {
    const { index, checkOpen } = this.#options;
    checkOpen();
    const expired: Stored[] = [];
    for await (const dues of index.due(until)) {
      const step = Math.min(AT_ONCE, limit);
      for (let at = 0; at < dues.length && expired.length < limit; at += step) {
        const some = dues.slice(at, at + step);
        const found = await Promise.all(some.map(({ key }) => this.#options.records.get(key)));
        for (const [number, { time }] of some.entries()) {
          const [stored] = listed([found[number]].filter(isThere));
          if (stored && dueTimeOf(stored.download) === time && stored.download.expiresAt! <= until)
            expired.push(stored);
        }
      }
      if (expired.length >= limit) break;
    }
    return expired.slice(0, limit);
  }

  async search(search: HistorySearch): Promise<HistoryMatches> {
    const { records, patience, checkOpen } = this.#options;
    checkOpen();
    return searchHistory(search, { streams: records.streams, patience });
  }

  async *all(): AsyncGenerator<Stored, void, void> {
    const { records, patience, checkOpen } = this.#options;
    for (const stream of records.streams) {
      checkOpen();
      const ask = <Answer>(question: () => Promise<Answer>) => patience.ask(stream, question);
      for await (const entries of entriesAfter(stream, 0, "*.*", ask)) {
        checkOpen();
        yield* listed(keyedTexts(stream, entries));
      }
    }
  }
}

/** Null also for an unreadable record. */
function dueTimeIn(key: string, text: string | null): number | null {
  const [stored] = text === null ? [] : listed([{ key, version: 0, text }]);
  return stored === undefined ? null : dueTimeOf(stored.download);
}

function isThere(text: KeyedText | undefined): text is KeyedText {
  return text !== undefined;
}
