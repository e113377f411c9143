/** @module Port: who asked for what, and who holds it. A user has at most one download in each slot. */

import type { Unreadable } from "../download/codec.ts";
import type { Download } from "../download/download.ts";
import type { Stored, Version } from "./stored.ts";

/**
 * What a watcher sees: `begin`, a `put` for every slot that is taken, `synced`, then every change in order per key.
 * After a lost connection that may have hidden something, the same again: whatever was not put between `begin`
 * and `synced` is gone. Of several changes to one key a watcher may be given only the latest, so a `put` may
 * bring another download than the last one of this key without a `remove` between. A record that can't be read is
 * told as a removal that says why, also within a snapshot: for a reader that can't read it, it does not exist.
 */
export type SlotEvent =
  | { type: "begin" }
  | { type: "synced" }
  | { type: "put"; key: string; version: Version; download: Download }
  | { type: "remove"; key: string; version: Version; unreadable?: Unreadable };

/**
 * Written three or four times for each download, followed by every node. Keys are those of `slotKey`. Holds what is
 * unfinished, and for a moment what has just finished: then it is archived.
 */
export interface Slots {
  /**
   * The record in this slot, or null, also for one that is damaged. Sees every write that was acknowledged before
   * the call. `record-too-new` for a record that a later version of Carryout wrote.
   */
  fetch(key: string): Promise<Stored | null>;
  /** All slots of a user that can be read, in no particular order. Sees what `fetch` would see. */
  list(user: string): Promise<Stored[]>;
  /** Takes the slot if it is free or has a damaged record: its version, or null when it is taken. */
  insert(download: Download): Promise<Version | null>;
  /** Replaces the record if it still has this version: the new version, or null when it was superseded or is gone. */
  update(download: Download, version: Version): Promise<Version | null>;
  /** Frees the slot if its record still has this version: false when it was superseded or is gone. */
  remove(key: string, version: Version): Promise<boolean>;
  /** See `SlotEvent`. Ends when the signal aborts or the repo closes. */
  watch(signal: AbortSignal): AsyncIterable<SlotEvent>;
}
