/** @module What a feed that starts over leaves out: whatever is not put between `begin` and `synced` is gone. */

import type { SlotEvent } from "./slots.ts";
import type { WorkEvent } from "./work.ts";

/** Follows the events of a watch for one who keeps something for each key. */
export class Unseen {
  #keys = new Set<string>();

  /** Nothing of what is held has been put yet. Needed only by who joins a feed in the middle. */
  begin(held: Iterable<string>): void {
    this.#keys = new Set(held);
  }

  /** The keys of what is gone, at `synced`; some may have been removed meanwhile. `held`: what is kept now. */
  apply(event: SlotEvent | WorkEvent, held: () => Iterable<string>): ReadonlySet<string> {
    if (event.type === "begin") this.begin(held());
    if (event.type === "put") this.#keys.delete(event.key);
    if (event.type !== "synced") return NONE;
    const gone = this.#keys;
    this.#keys = new Set();
    return gone;
  }
}

const NONE: ReadonlySet<string> = new Set();
