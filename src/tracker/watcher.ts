/** @module One watcher of one user's downloads. */

import { type Download, isFinished } from "../download/download.ts";
import type { Repo, RepoEvent, Stored, Version } from "../repo/repo.ts";
import type { DownloadStatus, WatchEvent } from "./status.ts";

interface Told {
  id: string;
  version: Version;
  /** Kept while unfinished: a change of position is told from it. */
  unfinished: Download | null;
  position: number | null;
}

/**
 * A slow reader gets the latest state of each download, not every step: what waits to be read is bounded by the
 * number of the user's downloads.
 */
export class Watcher {
  readonly #repo: Repo;
  readonly #statusOf: (download: Download) => DownloadStatus;
  /** Null until the snapshot was read: earlier changes wait in `#early`. */
  #told: Map<string, Told> | null = null;
  #early: RepoEvent[] = [];
  #unseen: Set<string> | null = null;
  readonly #next = new Map<string, WatchEvent>();
  #wake: (() => void) | null = null;
  #closed = false;

  constructor(repo: Repo, statusOf: (download: Download) => DownloadStatus, signal: AbortSignal) {
    this.#repo = repo;
    this.#statusOf = statusOf;
    signal.addEventListener("abort", () => this.close(), { once: true });
    if (signal.aborted) this.#closed = true;
  }

  /** The snapshot, newest request first; changes that came before it was read and are newer follow. */
  begin(stored: Stored[]): WatchEvent {
    const told = new Map<string, Told>();
    const downloads = stored
      .sort((a, b) => b.download.requestedAt - a.download.requestedAt)
      .map(({ key, version, download }) => {
        const status = this.#statusOf(download);
        told.set(key, toldOf(version, status));
        return status;
      });
    this.#told = told;
    for (const event of this.#early.splice(0)) this.apply(event);
    return { type: "snapshot", downloads };
  }

  async *changes(): AsyncIterable<WatchEvent> {
    while (!this.#closed) {
      const [next] = this.#next;
      if (next) {
        this.#next.delete(next[0]);
        yield next[1];
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }

  apply(event: RepoEvent): void {
    if (!this.#told) this.#early.push(event);
    else if (event.type === "put") this.#put(this.#told, event);
    else if (event.type === "remove") this.#remove(this.#told, event.key, event.version);
  }

  /** The repo begins anew: what is not put until `synced` is gone. */
  resync(type: "begin" | "synced"): void {
    if (!this.#told) return;
    if (type === "begin") this.#unseen = new Set(this.#told.keys());
    else {
      for (const key of this.#unseen ?? []) this.#remove(this.#told, key, Number.POSITIVE_INFINITY);
      this.#unseen = null;
    }
  }

  lineMoved(): void {
    for (const told of this.#told?.values() ?? []) {
      if (!told.unfinished) continue;
      const status = this.#statusOf(told.unfinished);
      if (status.position === told.position) continue;
      told.position = status.position;
      this.#tell(told.id, { type: "download", status });
    }
  }

  close(): void {
    this.#closed = true;
    this.#wake?.();
  }

  #put(told: Map<string, Told>, stored: Stored): void {
    this.#unseen?.delete(stored.key);
    if (told.has(stored.key)) this.#update(told, stored);
    else void this.#verify(told, stored);
  }

  /**
   * A record that the snapshot did not have is new, or was removed before the snapshot and this is an echo of
   * its past. The repo knows which; when it can't be asked, an echo is corrected by the removal that follows.
   */
  async #verify(told: Map<string, Told>, event: Stored): Promise<void> {
    const stored = await this.#repo.fetch(event.key).catch(() => event);
    if (stored && !this.#closed) this.#update(told, stored);
  }

  #update(told: Map<string, Told>, { key, version, download }: Stored): void {
    const before = told.get(key);
    if (before && version <= before.version) return;
    if (before && before.id !== download.id) this.#tell(before.id, { type: "removed", id: before.id });
    const status = this.#statusOf(download);
    told.set(key, toldOf(version, status));
    this.#tell(download.id, { type: "download", status });
  }

  #remove(told: Map<string, Told>, key: string, version: Version): void {
    const before = told.get(key);
    if (!before || version <= before.version) return;
    told.delete(key);
    this.#tell(before.id, { type: "removed", id: before.id });
  }

  #tell(id: string, event: WatchEvent): void {
    this.#next.delete(id);
    this.#next.set(id, event);
    this.#wake?.();
  }
}

function toldOf(version: Version, status: DownloadStatus): Told {
  const { download, position } = status;
  return { id: download.id, version, unfinished: isFinished(download) ? null : download, position };
}
