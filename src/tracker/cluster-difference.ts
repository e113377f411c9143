/** @module What changed between two views of the cluster, for a watcher that has the first. */

import { isDeepStrictEqual } from "node:util";
import type { ClusterDownload, ClusterEvent, ClusterView, NodeStatus } from "./status.ts";

/** Remembers what the watcher was told. */
export class ClusterDifference {
  #nodes: NodeStatus[] = [];
  #downloads: ReadonlyMap<string, ClusterDownload> | null = null;
  #unfinished = 0;

  /** A snapshot for the first view; null if nothing has changed. */
  with(view: ClusterView): ClusterEvent | null {
    const before = this.#downloads;
    const nodes = isDeepStrictEqual(this.#nodes, view.nodes) ? null : view.nodes;
    const isCounted = this.#unfinished === view.unfinished;
    const now = new Map(view.downloads.map((download) => [download.id, download]));
    this.#nodes = view.nodes;
    this.#downloads = now;
    this.#unfinished = view.unfinished;
    if (before === null) return { type: "snapshot", ...view };
    const downloads = view.downloads.filter((download) => !isSame(before.get(download.id), download));
    const removed = [...before.keys()].filter((id) => !now.has(id));
    if (nodes === null && isCounted && downloads.length === 0 && removed.length === 0) return null;
    return { type: "changes", nodes, downloads, removed, unfinished: view.unfinished };
  }
}

/** The other fields of a download never change. */
function isSame(before: ClusterDownload | undefined, now: ClusterDownload): boolean {
  return (
    before !== undefined &&
    before.state === now.state &&
    before.node === now.node &&
    before.epoch === now.epoch &&
    before.fraction === now.fraction
  );
}
