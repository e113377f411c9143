/** @module Holders that membership gave up without certainty: they count as alive as long as they write marks. */

import { idOf } from "../download/key.ts";
import type { WorkEvent } from "../ports/work.ts";
import type { Liveness } from "./liveness.ts";
import type { UnfinishedIndex } from "./unfinished-index.ts";
import type { WorkFollower } from "./work-follower.ts";

export interface SilentHoldersContext {
  work: Pick<WorkFollower, "follow">;
  unfinished: Pick<UnfinishedIndex, "ofId" | "heldBy">;
  liveness: Pick<Liveness, "silent" | "sawWriting">;
}

/** Follows all work while such a node holds a download: this is rare, and prevents a needless takeover. */
export class SilentHolders {
  readonly #context: SilentHoldersContext;
  #stop: (() => void) | null = null;
  /** True while a snapshot is being read: its marks may have been written long ago. */
  #isReading = true;

  constructor(context: SilentHoldersContext) {
    this.#context = context;
  }

  /** Must be called after every change of liveness or of a holder. */
  refresh(): void {
    const { liveness, unfinished, work } = this.#context;
    const isNeeded = liveness.silent().some((node) => unfinished.heldBy(node).size > 0);
    if (isNeeded === (this.#stop !== null)) return;
    if (this.#stop) {
      this.close();
      return;
    }
    this.#isReading = true;
    const nothing = () => {};
    const listener = { apply: (event: WorkEvent) => this.#apply(event), restarted: nothing, failed: nothing };
    const { ready, stop } = work.follow(null, listener);
    // The feed that it joins may already have delivered its snapshot.
    void ready.then(() => {
      this.#isReading = false;
    });
    this.#stop = stop;
  }

  close(): void {
    this.#stop?.();
    this.#stop = null;
  }

  #apply(event: WorkEvent): void {
    const { unfinished, liveness } = this.#context;
    if (event.type === "begin") this.#isReading = true;
    if (event.type === "synced") this.#isReading = false;
    if (event.type !== "put" || this.#isReading) return;
    const entry = unfinished.ofId(idOf(event.key));
    if (entry?.node && entry.epoch === event.mark.epoch) liveness.sawWriting(entry.node);
  }
}
