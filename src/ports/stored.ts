/** @module What the three parts of a `Repo` have in common: versions, and downloads with theirs. */

import type { Download } from "../download/download.ts";
import type { Mark, Saved } from "../download/work.ts";

/**
 * Opaque but ordered: every later write to the same key of the same part has a greater version. A version is never
 * used twice there, not even after a removal.
 */
export type Version = number;

export interface Stored {
  key: string;
  version: Version;
  download: Download;
}

/** What a takeover writes, each part in place of the one with its `version`, or of none if that is null. */
export interface Claim {
  download: Download;
  version: Version;
  mark: { value: Mark; version: Version | null };
  saved: { value: Saved; version: Version | null };
}

/** The new versions; null for a part of the work whose stored version was another. */
export interface Claimed {
  version: Version;
  mark: Version | null;
  saved: Version | null;
}

/** The result of moving a download from its slot to the history. */
export interface Archived {
  /** False if it was removed from the history before: then it is not in it. */
  isKept: boolean;
  /** Of the write that freed the slot, as its watchers see it; 0 if that is unknown. */
  version: Version;
}
