/** @module Port: where the records are kept. Every write is conditional, so a race has one winner. */

import type { Unreadable } from "../download/codec.ts";
import type { Download } from "../download/download.ts";
import { isCarryoutError } from "../errors.ts";

/**
 * Opaque but ordered: every later write to the same key has a greater version. A version is never used twice,
 * not even after a removal.
 */
export type Version = number;

export interface Stored {
  key: string;
  version: Version;
  download: Download;
}

/**
 * What a watcher sees: `begin`, a `put` for every record there is, `synced`, then every change in order per key.
 * After a lost connection that may have hidden something, the same again: whatever was not put between `begin`
 * and `synced` is gone. Of several changes to one key a watcher may be given only the latest, so a `put` may
 * bring another download than the last one of this key without a `remove` between. A record that can't be read is
 * told as a removal that says why, also within a snapshot: for a reader that can't read it, it does not exist.
 */
export type RepoEvent =
  | { type: "begin" }
  | { type: "synced" }
  | { type: "put"; key: string; version: Version; download: Download }
  | { type: "remove"; key: string; version: Version; unreadable?: Unreadable };

/**
 * Guarantees of every adapter: each write is linearizable and atomic; a caller sees done, refused, or an
 * `UnavailableError`: not applied as far as can be told. Where a server that hangs may still hold the write (the
 * adapter says so) it can be applied later, once, under its own condition; callers adopt or remove what then appears.
 * What is fetched is a copy: changing it changes nothing stored. After `close` every call fails with code `closed`.
 */
export interface Repo {
  /**
   * The record in this slot key, or null, also for one that is damaged. Sees every write that was acknowledged before
   * the call. `record-too-new` for a record that a later version of Carryout wrote.
   */
  fetch(key: string): Promise<Stored | null>;
  /** All records of a user that can be read, in no particular order. Sees what `fetch` would see. */
  list(user: string): Promise<Stored[]>;
  /** Creates the record if its key is free or has a damaged one: its version, or null when the key is taken. */
  insert(download: Download): Promise<Version | null>;
  /** Replaces the record if it still has this version: the new version, or null when it was superseded or is gone. */
  update(download: Download, version: Version): Promise<Version | null>;
  /** Removes the record if it still has this version: false when it was superseded or is gone. */
  remove(key: string, version: Version): Promise<boolean>;
  /** See `RepoEvent`. Ends when the signal aborts or the repo closes. */
  watch(signal: AbortSignal): AsyncIterable<RepoEvent>;
  close(): Promise<void>;
}

/** True for the error of `fetch` about a record that a later version of Carryout wrote, which goes on with it. */
export function isOfLaterVersion(error: unknown): boolean {
  return isCarryoutError(error, "record-too-new");
}
