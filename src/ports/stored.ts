/** @module What the three parts of a `Repo` have in common: versions, and downloads with theirs. */

import type { Download } from "../download/download.ts";

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

/** The result of moving a download from its slot to the history. */
export interface Archived {
  /** False if it was removed from the history before: then it is not in it. */
  isKept: boolean;
  /** Of the write that freed the slot, as its watchers see it. */
  version: Version;
}
