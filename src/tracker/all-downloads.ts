/** @module The newest record of every slot of all users, finished or not: for operators who look on. */

import type { Download } from "../download/download.ts";
import type { RepoEvent } from "../ports/repo.ts";

export interface AllDownloadsListener {
  put(download: Download): void;
  removed(id: string): void;
}

/** Fed by the repo's watch. Copies of replaced files are left out. */
export class AllDownloads {
  readonly #listener: AllDownloadsListener;
  readonly #downloads = new Map<string, Download>();
  readonly #keys = new Map<string, string>();
  #unseen: Set<string> | null = null;

  constructor(listener: AllDownloadsListener) {
    this.#listener = listener;
  }

  [Symbol.iterator](): Iterator<Download> {
    return this.#downloads.values();
  }

  find(id: string): Download | null {
    return this.#downloads.get(this.keyOf(id) ?? "") ?? null;
  }

  /** In which slot it is. */
  keyOf(id: string): string | undefined {
    return this.#keys.get(id);
  }

  apply(event: RepoEvent): void {
    if (event.type === "begin") this.#unseen = new Set(this.#downloads.keys());
    else if (event.type === "put") this.#put(event.key, event.download);
    else if (event.type === "remove") this.#remove(event.key);
    else {
      for (const key of this.#unseen ?? []) this.#remove(key);
      this.#unseen = null;
    }
  }

  #put(key: string, download: Download): void {
    this.#unseen?.delete(key);
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
