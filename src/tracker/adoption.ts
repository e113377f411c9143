/** @module Finds the downloads that this node holds by their records, although no worker here knows them. */

import { release } from "../download/transitions.ts";
import type { Cancel, Clock } from "../ports/clock.ts";
import type { NodeId } from "../ports/membership.ts";
import type { Repo } from "../ports/repo.ts";
import type { Entry, UnfinishedIndex } from "./unfinished-index.ts";
import type { WorkerPool } from "./worker-pool.ts";

export interface AdoptionContext {
  self: NodeId;
  repo: Repo;
  clock: Clock;
  unfinished: Pick<UnfinishedIndex, "heldBy" | "get">;
  workerPool: Pick<WorkerPool, "isAt" | "reserve">;
  /** False when this node takes no more work. */
  isOpen(): boolean;
  onError(error: unknown, entry: Entry): void;
}

/** How long a record may name this node without a worker here: the feed usually lags at most this much. */
const ADOPT_MS = 100;
/** Between two searches for such records, each of which goes through all that this node holds. */
const SEARCH_MS = 50;

/**
 * A claim of this node may be written but reported as lost. This node is then the holder, so it starts the download, or
 * gives it back if it no longer accepts work, unless it has only just ended it.
 */
export class Adoption {
  readonly #context: AdoptionContext;
  readonly #adopting = new Set<Entry>();
  /** Null while nothing was searched for a while. */
  #cancelSearch: Cancel | null = null;
  #searchAgain = false;
  #hasEnded = false;

  constructor(context: AdoptionContext) {
    this.#context = context;
  }

  /** At once, or soon after the last search. */
  search(): void {
    if (this.#cancelSearch !== null) {
      this.#searchAgain = true;
      return;
    }
    this.#cancelSearch = this.#context.clock.after(SEARCH_MS, () => {
      this.#cancelSearch = null;
      if (this.#searchAgain) this.search();
    });
    this.#searchAgain = false;
    this.#adopt();
  }

  end(): void {
    this.#hasEnded = true;
    this.#cancelSearch?.();
  }

  #adopt(): void {
    const { unfinished, self, workerPool, clock } = this.#context;
    for (const entry of unfinished.heldBy(self)) {
      if (entry.isBehind || workerPool.isAt(entry.key) || this.#adopting.has(entry)) continue;
      this.#adopting.add(entry);
      clock.after(ADOPT_MS, () => {
        this.#adopting.delete(entry);
        const isStray =
          unfinished.get(entry.key) === entry && entry.node === self && !workerPool.isAt(entry.key);
        if (isStray && !this.#hasEnded) void this.#adoptOne(entry);
      });
    }
  }

  async #adoptOne(entry: Entry): Promise<void> {
    const { repo, self, workerPool, clock, isOpen, onError } = this.#context;
    const place = workerPool.reserve(entry.key, entry.kind); // null: this node can't make it, or has no capacity for it
    try {
      const stored = await repo.slots.fetch(entry.key);
      const { id, node, state } = stored?.download ?? {};
      const isMine = stored !== null && id === entry.id && state === "processing" && node === self;
      if (isMine && place && isOpen()) return place.fill({ ...stored, isFirst: false });
      if (!stored || stored.version > entry.version) entry.isBehind = true;
      if (isMine) await repo.slots.update(release(stored.download, clock.now()), stored.version);
      place?.giveBack();
    } catch (error) {
      place?.giveBack();
      onError(error, entry);
    }
  }
}
