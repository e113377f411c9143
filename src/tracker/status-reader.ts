/** @module A download as its user sees it: its record, its living holder, its position in the queue. */

import { type Download, isFinished } from "../download/download.ts";
import type { Clock } from "../ports/clock.ts";
import type { NodeId } from "../ports/membership.ts";
import type { ClusterCapacity } from "./cluster-capacity.ts";
import type { DownloadStatus } from "./status.ts";
import type { UnfinishedIndex } from "./unfinished-index.ts";
import { type Places, startsInMs, WaitEstimate } from "./wait-estimate.ts";

/** How long the places of a cluster are counted on: it costs as much as there are nodes and running downloads. */
const COUNTED_MS = 250;

export interface StatusContext {
  unfinished: UnfinishedIndex;
  places: Pick<ClusterCapacity, "places">;
  clock: Pick<Clock, "monotonic">;
  isAlive(node: NodeId): boolean;
  /** Default: there is nothing to tell. */
  noticeOf?(download: Download): string | null;
}

export class StatusReader {
  readonly #context: StatusContext;
  readonly #wait = new WaitEstimate();
  /** By kind. */
  readonly #counted = new Map<string, { at: number; places: Places[] }>();

  constructor(context: StatusContext) {
    this.#context = context;
  }

  of(download: Download): DownloadStatus {
    const { node, kind } = download;
    const { unfinished, isAlive, noticeOf } = this.#context;
    if (isFinished(download)) return { download, node, position: null, etaMs: 0 };
    if (node !== null && isAlive(node)) {
      return { download, node, position: null, etaMs: download.progress.etaMs };
    }
    const { line } = unfinished;
    const position = line.position(download) ?? line.forKind(kind).length + 1; // written, not in the index yet
    const etaMs = this.#waitMs(kind, position);
    return { download, node: null, position, etaMs, notice: noticeOf?.(download) ?? null };
  }

  /** Learns from a finished download how long its kind takes. */
  notice({ state, kind, ranMs }: Download): void {
    if (state === "ready") this.#wait.finished(kind, ranMs);
  }

  /** What this kind usually takes in milliseconds; null without completed downloads. */
  usualMs(kind: string): number | null {
    return this.#wait.meanMs(kind);
  }

  /** Estimated milliseconds until the file at `position` is ready. */
  #waitMs(kind: string, position: number): number | null {
    const meanMs = this.usualMs(kind);
    if (meanMs === null) return null;
    const startsMs = startsInMs(position, this.#placesOf(kind, meanMs), meanMs);
    return startsMs === null ? null : Math.round(startsMs + meanMs);
  }

  #placesOf(kind: string, meanMs: number): Places[] {
    const now = this.#context.clock.monotonic();
    const before = this.#counted.get(kind);
    if (before && now - before.at < COUNTED_MS) return before.places;
    const places = this.#context.places.places(kind, meanMs);
    this.#counted.set(kind, { at: now, places });
    return places;
  }
}
