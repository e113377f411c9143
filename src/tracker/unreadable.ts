/** @module The records that this version can't read: each is reported once and otherwise ignored. */

import type { Unreadable } from "../download/codec.ts";
import type { Version } from "../ports/repo.ts";
import type { SlotEvent } from "../ports/slots.ts";

/** The first few suffice to report a store that is foreign as a whole. */
const MOST = 1_000;

export interface UnreadableRecord extends Unreadable {
  key: string;
  version: Version;
}

/** Fed by the repo's watch. */
export class UnreadableRecords {
  readonly #records = new Map<string, UnreadableRecord>();
  readonly #onNew: (record: UnreadableRecord) => void;

  /** Calls back for each record that was not known to be unreadable in this version. */
  constructor(onNew: (record: UnreadableRecord) => void = () => {}) {
    this.#onNew = onNew;
  }

  /** At most 1,000. */
  list(): UnreadableRecord[] {
    return [...this.#records.values()];
  }

  apply(event: SlotEvent): void {
    if (event.type !== "put" && event.type !== "remove") return;
    const { key, version } = event;
    const unreadable = event.type === "remove" ? event.unreadable : undefined;
    const known = this.#records.get(key);
    if (unreadable === undefined) {
      if (known !== undefined) this.#records.delete(key);
    } else if (known?.version !== version && (known !== undefined || this.#records.size < MOST)) {
      const record = { key, version, ...unreadable };
      this.#records.set(key, record);
      this.#onNew(record);
    }
  }
}
