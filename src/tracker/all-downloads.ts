/** @module The downloads of all users, finished or not: for operators. */

import { type Download, isFinished } from "../download/download.ts";
import { downloadKey, idOf } from "../download/key.ts";
import { inHistoryOrder } from "../download/order.ts";
import { furthest } from "../download/progress.ts";
import { progressWith } from "../download/work.ts";
import { isCarryoutError } from "../errors.ts";
import type { History } from "../ports/history.ts";
import type { Repo, Stored } from "../ports/repo.ts";
import type { SlotEvent } from "../ports/slots.ts";
import { Unseen } from "../ports/unseen.ts";
import type { WorkEvent } from "../ports/work.ts";

/** More than anybody reads, and a few megabytes. */
export const MOST_ARCHIVED = 1_000;

export interface AllDownloadsListener {
  put(download: Download): void;
  removed(id: string): void;
}

/** Fed by the watches of slots and work. A download that leaves its slot is looked up in the history. */
export class AllDownloads {
  readonly #repo: Pick<Repo, "history">;
  readonly #listener: AllDownloadsListener;
  readonly #downloads = new Map<string, Download>();
  /** The ids of the downloads in slots, by slot key. */
  readonly #inSlots = new Map<string, string>();
  readonly #unseen = new Unseen();

  constructor(repo: Pick<Repo, "history">, listener: AllDownloadsListener) {
    this.#repo = repo;
    this.#listener = listener;
  }

  [Symbol.iterator](): Iterator<Download> {
    return this.#downloads.values();
  }

  find(id: string): Download | null {
    return this.#downloads.get(id) ?? null;
  }

  /**
   * Reads the history, of one user or of all: its downloads are included from then on, of many only the newest
   * `MOST_ARCHIVED`. True if some were left out.
   */
  async readHistory(user: string | null = null): Promise<boolean> {
    const { history } = this.#repo;
    const { downloads, isCut } = await (user === null
      ? newestOf(history.all())
      : newestOfUser(history, user));
    for (const download of downloads) this.#put(download);
    return isCut;
  }

  /** Includes a download of the history. */
  add(download: Download): void {
    this.#put(download);
  }

  applySlot(event: SlotEvent): void {
    for (const key of this.#unseen.apply(event, () => this.#inSlots.keys())) this.#leftSlot(key);
    if (event.type === "put") {
      if (this.#inSlots.get(event.key) !== event.download.id) this.#leftSlot(event.key);
      this.#inSlots.set(event.key, event.download.id);
      this.#put(event.download);
    }
    if (event.type === "remove") this.#leftSlot(event.key);
  }

  applyWork(event: WorkEvent): void {
    if (event.type === "put") {
      const download = this.#downloads.get(idOf(event.key));
      if (!download || isFinished(download)) return;
      this.#put({ ...download, progress: progressWith(download, event.mark) });
    }
    if (event.type === "remove" && !event.unreadable) {
      const download = this.#downloads.get(idOf(event.key));
      if (download && isFinished(download)) void this.#lookUp(download);
    }
  }

  #leftSlot(key: string): void {
    const download = this.#downloads.get(this.#inSlots.get(key) ?? "");
    this.#inSlots.delete(key);
    if (download) void this.#lookUp(download);
  }

  async #lookUp({ user, id }: Download): Promise<void> {
    try {
      const stored = await this.#repo.history.fetch(downloadKey(user, id));
      if (stored) this.#put(stored.download);
      else if (![...this.#inSlots.values()].includes(id)) this.#remove(id);
    } catch (error) {
      // Keep showing the last known state: an unreadable history doesn't mean that the download is gone.
      if (!isCarryoutError(error)) throw error;
    }
  }

  #put(download: Download): void {
    const before = this.#downloads.get(download.id);
    if (before && isFinished(before) && !isFinished(download)) return;
    const progress = before ? furthest(before.progress, download.progress) : download.progress;
    this.#downloads.set(download.id, { ...download, progress });
    this.#listener.put({ ...download, progress });
  }

  #remove(id: string): void {
    if (this.#downloads.delete(id)) this.#listener.removed(id);
  }
}

interface Newest {
  downloads: Download[];
  /** There are older ones. */
  isCut: boolean;
}

async function newestOf(history: AsyncIterable<Stored>): Promise<Newest> {
  let downloads: Download[] = [];
  let isCut = false;
  const cut = () => {
    isCut ||= downloads.length > MOST_ARCHIVED;
    downloads = downloads.sort(inHistoryOrder).slice(0, MOST_ARCHIVED);
  };
  for await (const { download } of history) if (downloads.push(download) >= 2 * MOST_ARCHIVED) cut();
  cut();
  return { downloads, isCut };
}

async function newestOfUser(history: History, user: string): Promise<Newest> {
  const stored = await history.list(user, { limit: MOST_ARCHIVED + 1 });
  const downloads = stored.map(({ download }) => download);
  return { downloads: downloads.slice(0, MOST_ARCHIVED), isCut: downloads.length > MOST_ARCHIVED };
}
