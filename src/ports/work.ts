/** @module Port: how far the holder of a download is. Frequent, one writer, followed by those who look. */

import type { Unreadable } from "../download/codec.ts";
import type { Mark, Saved } from "../download/work.ts";
import type { Version } from "./stored.ts";

export interface StoredMark {
  key: string;
  version: Version;
  mark: Mark;
}

/** Both parts of the work on one download; each has a version of its own. */
export interface StoredWork {
  mark: { version: Version; value: Mark } | null;
  saved: { version: Version; value: Saved } | null;
}

/**
 * What a watcher sees: `begin`, a `put` for every mark there is, `synced`, then every change in order per key, by the
 * rules of `SlotEvent`. What is saved beside the mark is not told. `remove` is told for each call of `remove`, also
 * when there was nothing: it says that something of this download changed that is followed by nobody.
 */
export type WorkEvent =
  | { type: "begin" }
  | { type: "synced" }
  | { type: "put"; key: string; version: Version; mark: Mark }
  | { type: "remove"; key: string; version: Version; unreadable?: Unreadable };

/**
 * Keys are those of `downloadKey`. A mark and what is saved are two records, so that a tick never rewrites a
 * checkpoint. Each write is conditional on the version that its writer saw: the next holder raises the `epoch` in both
 * by such writes, and from then on those of the holder before it are refused.
 */
export interface Work {
  /** Both parts, each null where there is none or it is damaged. `record-too-new` as for slots. Sees acknowledged writes. */
  fetch(key: string): Promise<StoredWork>;
  /** The marks of this user's downloads that can be read, in no particular order. Sees acknowledged writes. */
  list(user: string): Promise<StoredMark[]>;
  /** The keys of all downloads, of all users, of which something is kept here, also what can't be read. */
  keys(): Promise<string[]>;
  /**
   * Writes the mark: as a first one if `version` is null and there is none or a damaged one, else in place of the one
   * with this version. The new version, or null when it is another one or gone.
   */
  advance(key: string, mark: Mark, version: Version | null): Promise<Version | null>;
  /** The same for what is saved. */
  save(key: string, saved: Saved, version: Version | null): Promise<Version | null>;
  /** Removes both parts, whatever their versions. Not an error when there is none; watchers are told all the same. */
  remove(key: string): Promise<void>;
  /** The marks of one user, or of all for null; see `WorkEvent`. Ends when the signal aborts or the repo closes. */
  watch(user: string | null, signal: AbortSignal): AsyncIterable<WorkEvent>;
}
