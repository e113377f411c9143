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

/** The result of archiving a download: it is in the history, or was removed from it before. */
export type Archived = "kept" | "removed";
