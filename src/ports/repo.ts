/** @module Port: where the records are stored. Every write is conditional, so a race has one winner. */

import type { Unreadable } from "../download/codec.ts";
import type { Download } from "../download/download.ts";
import { isCarryoutError } from "../errors.ts";

/**
 * Opaque but ordered: every later write to the same key has a greater version. A version is never reused, not even
 * after a removal.
 */
export type Version = number;

export interface Stored {
  key: string;
  version: Version;
  download: Download;
}

/**
 * The events of a watch: `begin`, a `put` for every existing record, `synced`, then every change in order per key.
 * After a lost connection that may have hidden changes, the same again: every record that was not put between `begin`
 * and `synced` is gone. Of several changes to one key only the latest may be delivered, so a `put` may contain a
 * different download than the last one of this key without a `remove` in between. An unreadable record is delivered as
 * a removal with the reason, also within a snapshot: for a reader that can't read it, it does not exist.
 */
export type RepoEvent =
  | { type: "begin" }
  | { type: "synced" }
  | { type: "put"; key: string; version: Version; download: Download }
  | { type: "remove"; key: string; version: Version; unreadable?: Unreadable };

/**
 * Guarantees of every adapter: each write is linearizable and atomic; it is applied, refused, or fails with an
 * `UnavailableError`: then it is not applied as far as can be determined. If a hanging server may still have the write
 * (the adapter documents this), it can be applied later, once, under its own condition; callers adopt or remove a write
 * that appears this way. Fetched records are copies: changing them changes nothing stored. After `close` every call
 * fails with code `closed`.
 */
export interface Repo {
  /**
   * The record in this slot key; null if there is none or it is damaged. Sees every write acknowledged before the call.
   * `record-too-new` for a record that a later version of Carryout wrote.
   */
  fetch(key: string): Promise<Stored | null>;
  /** All readable records of a user, in no particular order. As current as `fetch`. */
  list(user: string): Promise<Stored[]>;
  /** Creates the record if its key is free or has a damaged one: returns its version, or null when the key is taken. */
  insert(download: Download): Promise<Version | null>;
  /**
   * Replaces the record if it still has this version: returns the new version, or null when it was superseded or is
   * gone.
   */
  update(download: Download, version: Version): Promise<Version | null>;
  /** Removes the record if it still has this version: false when it was superseded or is gone. */
  remove(key: string, version: Version): Promise<boolean>;
  /** See `RepoEvent`. Ends when the signal aborts or the repo closes. */
  watch(signal: AbortSignal): AsyncIterable<RepoEvent>;
  close(): Promise<void>;
}

/** True for the error of `fetch` about a record that a later version of Carryout wrote and owns. */
export function isOfLaterVersion(error: unknown): boolean {
  return isCarryoutError(error, "record-too-new");
}
