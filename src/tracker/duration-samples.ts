/** @module How long a kind takes, from downloads that moved to the history before their end was seen in the slot. */

import type { Download } from "../download/download.ts";
import { ownerOf } from "../download/key.ts";
import type { Clock } from "../ports/clock.ts";
import type { History } from "../ports/history.ts";
import type { Entry } from "./unfinished-index.ts";

/** How often, at most, the history is read for one kind. */
const READ_MS = 1_000;

export interface DurationSamplesContext {
  history: Pick<History, "fetch">;
  clock: Pick<Clock, "monotonic">;
  /** Learns from a finished download. */
  notice(download: Download): void;
}

/** Looks up some of many: an average needs no more. */
export class DurationSamples {
  readonly #context: DurationSamplesContext;
  /** By kind. */
  readonly #readAt = new Map<string, number>();

  constructor(context: DurationSamplesContext) {
    this.#context = context;
  }

  /** This unfinished download has left its slot: it finished, or it was removed. */
  async left({ key, id, kind }: Pick<Entry, "key" | "id" | "kind">): Promise<void> {
    const { clock, history, notice } = this.#context;
    const now = clock.monotonic();
    if (now - (this.#readAt.get(kind) ?? Number.NEGATIVE_INFINITY) < READ_MS) return;
    this.#readAt.set(kind, now);
    const stored = await history.fetch(`${ownerOf(key)}.${id}`).catch(() => null);
    if (stored) notice(stored.download);
  }
}
