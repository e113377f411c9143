/** @module Port: where the records are kept, in three parts. Every write is conditional, so a race has one winner. */

import type { Download } from "../download/download.ts";
import type { Mark, Saved } from "../download/work.ts";
import { isCarryoutError } from "../errors.ts";
import type { History } from "./history.ts";
import type { Slots } from "./slots.ts";
import type { Archived, Stored, Version } from "./stored.ts";
import type { StoredWork, Work } from "./work.ts";

export type { Archived, Stored, Version } from "./stored.ts";

/** What a takeover writes. */
export interface Claim {
  download: Download;
  /** Of the record that it replaces. */
  version: Version;
  /**
   * The work under the new holder, given what is stored; null to leave that alone. Called again if the step has to be
   * repeated.
   */
  take(stored: StoredWork): { mark: Mark; saved: Saved } | null;
}

export interface Claimed {
  version: Version;
  /** As it is stored now; null if it was left alone, or if a later version of Carryout wrote it. */
  work: StoredWork | null;
}

/**
 * State divided by how it changes and which nodes watch it: `slots` decide and are watched by every node, `work` only
 * where a user is looking, `history` never.
 *
 * Guarantees of every adapter: each write is linearizable and atomic; a caller sees done, refused, or an
 * `UnavailableError`: as far as is known, not applied. If a hanging server may still hold the write (see the adapter),
 * it may be applied later, once, under its own condition; callers adopt or remove a record that appears this way.
 * What is fetched is a copy: changing it changes nothing stored. After `close` every call fails with code `closed`.
 */
export interface Repo {
  readonly slots: Slots;
  readonly work: Work;
  readonly history: History;
  /**
   * Puts a finished download into the history, frees its slot and removes its work, atomically. Null, and nothing
   * changes, if the slot no longer has this version: that of the finished record, or that of the unfinished one which
   * the holder ends with this call. Omitted by an engine without transactions over the three parts: then it is done
   * step by step (`src/tracker/archiver.ts`).
   */
  archive?(finished: Stored): Promise<Archived | null>;
  /**
   * Replaces a slot's record by the claim of a new holder, and with it the work of earlier holders, atomically. Null, and
   * nothing changes, if the slot no longer has this version. Omitted by an engine that can't do so in one step: then the
   * holder takes over the work after the claim (`src/tracker/held-work.ts`).
   */
  claim?(claim: Claim): Promise<Claimed | null>;
  close(): Promise<void>;
}

/** True for the error of a read about a record that a later version of Carryout wrote, which continues it. */
export function isOfLaterVersion(error: unknown): boolean {
  return isCarryoutError(error, "record-too-new");
}
