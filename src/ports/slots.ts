/** @module Port: which downloads were requested, and which node holds them. Each slot has at most one download. */

import type { Unreadable } from "../download/codec.ts";
import type { Download } from "../download/download.ts";
import type { Stored, Version } from "./stored.ts";

/**
 * What a watcher sees: `begin`, a `put` for every occupied slot, `synced`, then every change in order per key.
 * After a lost connection that may have hidden changes, the same again: slots that were not put between `begin`
 * and `synced` are free. Of several changes to one key a watcher may be given only the latest, so a `put` may
 * bring a different download for the same key without a `remove` in between. An unreadable record is reported as a
 * removal with the reason, also within a snapshot: for a reader that can't read it, it does not exist.
 */
export type SlotEvent =
  | { type: "begin" }
  | { type: "synced" }
  | { type: "put"; key: string; version: Version; download: Download }
  | { type: "remove"; key: string; version: Version; unreadable?: Unreadable };

/**
 * Written two to four times for each download, watched by every node. Keys are those of `slotKey`. Holds unfinished
 * downloads, and finished ones until they are archived a moment later, unless that is done in the same step.
 */
export interface Slots {
  /**
   * The record in this slot; null if there is none or it is damaged. Sees every write that was acknowledged before
   * the call. `record-too-new` for a record that a later version of Carryout wrote.
   */
  fetch(key: string): Promise<Stored | null>;
  /** All readable slots of a user, in no particular order. As current as `fetch`. */
  list(user: string): Promise<Stored[]>;
  /** Takes the slot if it is free or has a damaged record: the new version, or null when it is taken. */
  insert(download: Download): Promise<Version | null>;
  /** Replaces the record if it still has this version: the new version, or null when it was superseded or is gone. */
  update(download: Download, version: Version): Promise<Version | null>;
  /**
   * Frees the slot if its record still has this version: the version of the removal, as watchers see it, or null when
   * the record was superseded or is gone.
   */
  remove(key: string, version: Version): Promise<Version | null>;
  /** See `SlotEvent`. Ends when the signal aborts or the repo closes. */
  watch(signal: AbortSignal): AsyncIterable<SlotEvent>;
}
