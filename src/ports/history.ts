/** @module Port: what came of the downloads. Written once, listed by its user, followed by nobody; it expires. */

import type { Unreadable } from "../download/codec.ts";
import type { Download } from "../download/download.ts";
import type { Stored, Version } from "./stored.ts";

/** Which part of a list: what comes after this place in it. */
export interface HistoryPage {
  limit: number;
  /** Default the beginning. The download of this place need not be there any more. */
  after?: HistoryPlace | undefined;
}

/** A place in a user's list: newest request first, of equal ones the lower id. */
export type HistoryPlace = Pick<Download, "requestedAt" | "id">;

export type Found = { stored: Stored; unreadable: null } | { stored: null; unreadable: Unreadable };

/**
 * Keys are those of `downloadKey`; every record is of a finished download. What a user has here is in the order of its
 * versions: what was put later has a greater one.
 */
export interface History {
  /**
   * Adds a download; repeating it changes nothing, also when what is there was updated since. False when its id was
   * removed from here: then it stays away. Removed ids are remembered for an hour at least.
   */
  put(download: Download): Promise<boolean>;
  /** Null when there is none or it is damaged. `record-too-new` as for slots. Sees acknowledged writes. */
  fetch(key: string): Promise<Stored | null>;
  /** What is kept under this id, whoever's it is, also what can't be read; null for nothing. */
  find(id: string): Promise<Found | null>;
  /** A page of this user's list, in its order (see `HistoryPlace`), without what can't be read. Sees acknowledged writes. */
  list(user: string, page: HistoryPage): Promise<Stored[]>;
  /** Replaces the record if it still has this version: the new version, or null when it was superseded or is gone. */
  update(download: Download, version: Version): Promise<Version | null>;
  /** Removes it, whatever its version, and keeps its id away. True when there was something. */
  remove(key: string): Promise<boolean>;
  /**
   * Those that can be read and whose `expiresAt` is this time or earlier, the earliest first, at most `limit`. Costs what
   * it answers, not what is kept.
   */
  expired(until: number, limit: number): Promise<Stored[]>;
  /** All of all users that can be read, in no particular order, as the consumer pulls. For people who look on. */
  all(): AsyncIterable<Stored>;
}
