/** @module A download as its user sees it: its record, its living holder, its position in the queue. */

import { type Download, isFinished } from "../download/download.ts";
import type { NodeId } from "../ports/membership.ts";
import type { ClusterCapacity } from "./cluster-capacity.ts";
import type { DownloadStatus } from "./status.ts";
import type { UnfinishedIndex } from "./unfinished-index.ts";
import { WaitEstimate } from "./wait-estimate.ts";

export class StatusReader {
  readonly #unfinished: UnfinishedIndex;
  readonly #places: ClusterCapacity;
  readonly #isAlive: (node: NodeId) => boolean;
  readonly #noticeOf: (download: Download) => string | null;
  readonly #wait = new WaitEstimate();

  constructor(
    unfinished: UnfinishedIndex,
    places: ClusterCapacity,
    isAlive: (node: NodeId) => boolean,
    noticeOf: (download: Download) => string | null = () => null,
  ) {
    this.#unfinished = unfinished;
    this.#places = places;
    this.#isAlive = isAlive;
    this.#noticeOf = noticeOf;
  }

  of(download: Download): DownloadStatus {
    const { node, kind } = download;
    if (isFinished(download)) return { download, node, position: null, etaMs: 0 };
    if (node !== null && this.#isAlive(node)) {
      return { download, node, position: null, etaMs: download.progress.etaMs };
    }
    const { line } = this.#unfinished;
    const position = line.position(download) ?? line.forKind(kind).length + 1; // written, not in the index yet
    const etaMs = this.#wait.forPosition(kind, position, this.#places.inAll(kind));
    return { download, node: null, position, etaMs, notice: this.#noticeOf(download) };
  }

  /** Learns from a finished download how long its kind takes. */
  notice({ state, kind, ranMs }: Download): void {
    if (state === "ready") this.#wait.finished(kind, ranMs);
  }
}
