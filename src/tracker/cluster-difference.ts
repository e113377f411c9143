/** @module What changed since a watcher of the cluster was told last. */

import { isDeepStrictEqual } from "node:util";
import type { ClusterDownload, ClusterEvent, NodeStatus } from "./status.ts";

interface Told {
  download: ClusterDownload;
  /** The last look that had it. */
  look: number;
}

/** Remembers what one watcher was told, so that a look makes nothing anew for what stayed the same. */
export class ClusterDifference<Entry extends { id: string }> {
  readonly #present: (entry: Entry, before: ClusterDownload | undefined) => ClusterDownload;
  readonly #told = new Map<string, Told>();
  #nodes: NodeStatus[] = [];
  #unfinished = 0;
  #look = 0;

  /** `present` returns `before` if it still holds. */
  constructor(present: (entry: Entry, before: ClusterDownload | undefined) => ClusterDownload) {
    this.#present = present;
  }

  /** How many downloads the watcher knows. */
  get size(): number {
    return this.#told.size;
  }

  /** A snapshot at first; null if nothing has changed. */
  with(nodes: NodeStatus[], entries: readonly Entry[], unfinished: number): ClusterEvent | null {
    this.#look += 1;
    const downloads = entries.flatMap((entry) => this.#changed(entry) ?? []);
    const removed = this.#told.size > entries.length ? this.#forgotten() : [];
    const isSameNodes = isDeepStrictEqual(this.#nodes, nodes);
    const isSameCount = this.#unfinished === unfinished;
    this.#nodes = nodes;
    this.#unfinished = unfinished;
    if (this.#look === 1) return { type: "snapshot", nodes, downloads, unfinished };
    if (isSameNodes && isSameCount && downloads.length === 0 && removed.length === 0) return null;
    return { type: "changes", nodes: isSameNodes ? null : nodes, downloads, removed, unfinished };
  }

  #changed(entry: Entry): ClusterDownload | null {
    const told = this.#told.get(entry.id);
    const download = this.#present(entry, told?.download);
    if (told === undefined) this.#told.set(entry.id, { download, look: this.#look });
    else told.look = this.#look;
    if (told?.download === download) return null;
    if (told !== undefined) told.download = download;
    return download;
  }

  /** Those that this look did not have. */
  #forgotten(): string[] {
    const removed: string[] = [];
    for (const [id, { look }] of this.#told) if (look !== this.#look) removed.push(id);
    for (const id of removed) this.#told.delete(id);
    return removed;
  }
}
