/** @module The records of slots that changed last, so that a claim need not read what has just arrived. */

import { isFinished } from "../download/download.ts";
import type { Stored, Version } from "../ports/repo.ts";
import type { SlotEvent } from "../ports/slots.ts";

/** The index of unfinished downloads has no room for the records of all. */
const MOST_KEPT = 100;

/** Fed by the repo's watch. A record from here may be outdated by now: whatever is written must depend on its version. */
export class RecentSlots {
  readonly #kept = new Map<string, Stored>();

  apply(event: SlotEvent): void {
    if (event.type === "begin" || event.type === "synced") return;
    this.#kept.delete(event.key);
    if (event.type === "remove" || isFinished(event.download)) return;
    const { key, version, download } = event;
    this.#kept.set(key, { key, version, download });
    if (this.#kept.size <= MOST_KEPT) return;
    for (const oldest of this.#kept.keys()) {
      this.#kept.delete(oldest);
      break;
    }
  }

  /** The record in this very version, once: when it is asked for again, it was of no use. */
  take(key: string, version: Version): Stored | null {
    const kept = this.#kept.get(key);
    if (kept?.version !== version) return null;
    this.#kept.delete(key);
    return kept;
  }
}
