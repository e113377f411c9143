/** @module The downloads of all users, finished or not: for operators. */

import { type Download, isFinished } from "../download/download.ts";
import { downloadKey, idOf } from "../download/key.ts";
import { furthest } from "../download/progress.ts";
import { progressWith } from "../download/work.ts";
import { isCarryoutError } from "../errors.ts";
import type { Repo } from "../ports/repo.ts";
import type { SlotEvent } from "../ports/slots.ts";
import { Unseen } from "../ports/unseen.ts";
import type { WorkEvent } from "../ports/work.ts";

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

  /** Reads the history: its downloads are included from then on. */
  async readHistory(): Promise<void> {
    for await (const { download } of this.#repo.history.all()) this.#put(download);
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
