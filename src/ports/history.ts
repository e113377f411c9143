/** @module Port: finished downloads. A record is written once, listed by its user, never watched, and expires. */

import type { Unreadable } from "../download/codec.ts";
import type { Download } from "../download/download.ts";
import type { Stored, Version } from "./stored.ts";

/** The part of a list after this place. */
export interface HistoryPage {
  limit: number;
  /** Default: the beginning. The download at this place may have been removed since. */
  after?: HistoryPlace | undefined;
}

/** A place in a user's list, which has the newest request first and equal times in order of ids. */
export type HistoryPlace = Pick<Download, "requestedAt" | "id">;

/** Which finished downloads of all users are searched for. Omitted conditions match everything. */
export interface HistorySearch {
  kind?: string | undefined;
  state?: "ready" | "error" | undefined;
  limit: number;
  /** `next` of the previous answer to the same search. */
  after?: string | undefined;
}

export interface HistoryMatches {
  /** At most `limit`, newest request first within this answer. May be short, or empty, although there are more. */
  found: Stored[];
  /** Where the search continues; null when it has seen everything. Opaque. */
  next: string | null;
}

export type Found = { stored: Stored; unreadable: null } | { stored: null; unreadable: Unreadable };

/**
 * Keys are those of `downloadKey`; every record is of a finished download. The versions of a user's records
 * increase in the order in which they were put.
 */
export interface History {
  /**
   * Adds a download; repeating it changes nothing, even if the stored record was updated since. False if its id
   * was removed from the history: then it is not added. Removed ids are remembered for at least an hour.
   */
  put(download: Download): Promise<boolean>;
  /** Null if it is missing or damaged. `record-too-new` as for slots. Sees acknowledged writes. */
  fetch(key: string): Promise<Stored | null>;
  /** The record with this id, of any user, even an unreadable one; null if there is none. */
  find(id: string): Promise<Found | null>;
  /** A page of this user's list (see `HistoryPlace`), without unreadable records. Sees acknowledged writes. */
  list(user: string, page: HistoryPage): Promise<Stored[]>;
  /**
   * How many records this user has, by all acknowledged writes. May include unreadable ones, and those that were removed a
   * while ago. Cheaper than a list.
   */
  size(user: string): Promise<number>;
  /** Replaces the record if it still has this version: the new version, or null when it was superseded or is gone. */
  update(download: Download, version: Version): Promise<Version | null>;
  /** Removes it, whatever its version, and prevents its id from being added again. True if it existed. */
  remove(key: string): Promise<boolean>;
  /**
   * At most `limit` readable records whose `expiresAt` is this time or earlier, the earliest first. The cost grows with
   * the number returned, not the number stored.
   */
  expired(until: number, limit: number): Promise<Stored[]>;
  /**
   * Searches the readable records of all users, roughly newest first, for operators. A call reads a bounded number of
   * records. Calls until `next` is null find every matching record that does not change meanwhile once. Sees
   * acknowledged writes. Fails with `invalid-request` for an invalid `after`.
   */
  search(search: HistorySearch): Promise<HistoryMatches>;
  /** All readable records of all users, in no particular order, as the consumer pulls. For operators. */
  all(): AsyncIterable<Stored>;
}
