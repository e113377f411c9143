/** @module How the port returns stored text, the same for every adapter. */

import { decodeDownload } from "../download/codec.ts";
import { CarryoutError } from "../errors.ts";
import type { Change } from "./change-queue.ts";
import type { RepoEvent, Stored, Version } from "./repo.ts";

/** The answer of `fetch`: null for a damaged record, `unavailable` for one of a later version. */
export function storedOf(key: string, version: Version, text: string): Stored | null {
  const { download, unreadable } = decodeDownload(key, text);
  if (download !== null) return { key, version, download };
  if (!unreadable.isNewer) return null;
  throw new CarryoutError("record-too-new", `the record ${key} can't be read: ${unreadable.reason}`, {
    retriable: true,
    details: { key },
  });
}

/** The answer of `list`: unreadable records are omitted. */
export function listed(records: Iterable<{ key: string; version: Version; text: string }>): Stored[] {
  const stored: Stored[] = [];
  for (const { key, version, text } of records) {
    const { download } = decodeDownload(key, text);
    if (download !== null) stored.push({ key, version, download });
  }
  return stored;
}

/** True if `insert` may overwrite it: no record, or a damaged one, but not one of a later version. */
export function isDamaged(key: string, text: string): boolean {
  return decodeDownload(key, text).unreadable?.isNewer === false;
}

/** The event for a change, with a copy of the record for the receiver. */
export function eventOf({ key, version, text }: Change): RepoEvent {
  if (text === null) return { type: "remove", key, version };
  const { download, unreadable } = decodeDownload(key, text);
  return download === null
    ? { type: "remove", key, version, unreadable }
    : { type: "put", key, version, download };
}
