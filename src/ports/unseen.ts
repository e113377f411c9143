/** @module The records that a restarted feed omits: those not put between `begin` and `synced` are gone. */

import type { SlotEvent } from "./slots.ts";
import type { WorkEvent } from "./work.ts";

/** Follows the events of a watch for a consumer that keeps a value for each key. */
export class Unseen {
  #keys = new Set<string>();

  /** Marks all held keys as not put yet. Needed only when joining a feed in the middle. */
  begin(held: Iterable<string>): void {
    this.#keys = new Set(held);
  }

  /** At `synced`: the keys that are gone, some perhaps removed meanwhile. `held`: the keys held now. */
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
