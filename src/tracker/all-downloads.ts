/** @module The newest record of every slot of all users, finished or not: for operators who observe a cluster. */

import type { Download } from "../download/download.ts";
import type { RepoEvent } from "../ports/repo.ts";
import { Unseen } from "../ports/unseen.ts";

export interface AllDownloadsListener {
  put(download: Download): void;
  removed(id: string): void;
}

/** Fed by the repo's watch. Copies of replaced files are left out. */
export class AllDownloads {
  readonly #listener: AllDownloadsListener;
  readonly #downloads = new Map<string, Download>();
  readonly #keys = new Map<string, string>();
  readonly #unseen = new Unseen();

  constructor(listener: AllDownloadsListener) {
    this.#listener = listener;
  }

  [Symbol.iterator](): Iterator<Download> {
    return this.#downloads.values();
  }

  find(id: string): Download | null {
    return this.#downloads.get(this.keyOf(id) ?? "") ?? null;
  }

  /** The slot it is in. */
  keyOf(id: string): string | undefined {
    return this.#keys.get(id);
  }

  apply(event: RepoEvent): void {
    for (const key of this.#unseen.apply(event, () => this.#downloads.keys())) this.#remove(key);
    if (event.type === "put") this.#put(event.key, event.download);
    if (event.type === "remove") this.#remove(event.key);
  }

  #put(key: string, download: Download): void {
    if (download.isReplaced) return;
    const before = this.#downloads.get(key);
    this.#downloads.set(key, download);
    this.#keys.set(download.id, key);
    if (before && before.id !== download.id) this.#forget(before);
    this.#listener.put(download);
  }

  #remove(key: string): void {
    const before = this.#downloads.get(key);
    if (this.#downloads.delete(key) && before) this.#forget(before);
  }

  #forget({ id }: Download): void {
    this.#keys.delete(id);
    this.#listener.removed(id);
  }
}
