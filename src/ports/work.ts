/** @module Port: the progress of a download's holder. Written often, by one writer; watched where a user is looking. */

import type { Unreadable } from "../download/codec.ts";
import type { Mark, Saved } from "../download/work.ts";
import type { Version } from "./stored.ts";

export interface StoredMark {
  key: string;
  version: Version;
  mark: Mark;
}

/** Both parts of the work on one download, each with its own version. */
export interface StoredWork {
  mark: { version: Version; value: Mark } | null;
  saved: { version: Version; value: Saved } | null;
}

/**
 * What a watcher sees: `begin`, a `put` for every existing mark, `synced`, then every change in order per key, by the
 * rules of `SlotEvent`. Saved states are not reported. `remove` is reported for each call of `remove`, even if nothing
 * existed: it signals that something about this download changed that can't be watched.
 */
export type WorkEvent =
  | { type: "begin" }
  | { type: "synced" }
  | { type: "put"; key: string; version: Version; mark: Mark }
  | { type: "remove"; key: string; version: Version; unreadable?: Unreadable };

/**
 * Keys are those of `downloadKey`. The mark and the saved state are two records, so that a tick never rewrites
 * a checkpoint. Each write is conditional on the version that its writer saw: the next holder raises the `epoch` in
 * both by such writes, and from then on those of the previous holder are refused.
 */
export interface Work {
  /** Both parts, each null if missing or damaged. `record-too-new` as for slots. Sees acknowledged writes. */
  fetch(key: string): Promise<StoredWork>;
  /** The readable marks of this user's downloads, in no particular order. Sees acknowledged writes. */
  list(user: string): Promise<StoredMark[]>;
  /** The keys of all downloads of all users that have a mark or a saved state, even an unreadable one. */
  keys(): Promise<string[]>;
  /**
   * Writes the mark: with a `version` of null only if there is none or a damaged one, else only in place of the one
   * with this version. Returns the new version, or null if the condition does not hold.
   */
  advance(key: string, mark: Mark, version: Version | null): Promise<Version | null>;
  /** The same for the saved state. */
  save(key: string, saved: Saved, version: Version | null): Promise<Version | null>;
  /** Removes both parts, whatever their versions. Not an error if there is none; watchers are notified anyway. */
  remove(key: string): Promise<void>;
  /** The marks of one user, or of all for null; see `WorkEvent`. Ends when the signal aborts or the repo closes. */
  watch(user: string | null, signal: AbortSignal): AsyncIterable<WorkEvent>;
}
