/** @module How the port returns stored text, the same for every adapter. */

import { decodeDownload } from "../download/codec.ts";
import type { Decoded } from "../download/fields.ts";
import { decodeMark, decodeSaved } from "../download/work-codec.ts";
import { CarryoutError } from "../errors.ts";
import type { Change } from "./change-queue.ts";
import type { Found } from "./history.ts";
import type { Stored, Version } from "./repo.ts";
import type { SlotEvent } from "./slots.ts";
import type { StoredMark, StoredWork, WorkEvent } from "./work.ts";

/** A value as adapters keep it. */
export interface Text {
  version: Version;
  text: string;
}

export type KeyedText = Text & { key: string };

/** The answer of `fetch`: null for a damaged record, `record-too-new` for one of a later version. */
export function storedOf({ key, version, text }: KeyedText): Stored | null {
  const download = readable(key, decodeDownload(key, text));
  return download && { key, version, download };
}

/** The answer of `list`, without unreadable records. */
export function listed(records: Iterable<KeyedText>): Stored[] {
  const stored: Stored[] = [];
  for (const { key, version, text } of records) {
    const { value } = decodeDownload(key, text);
    if (value !== null) stored.push({ key, version, download: value });
  }
  return stored;
}

/** The answer of `History.find` for an existing record. */
export function foundOf({ key, version, text }: KeyedText): Found {
  const { value, unreadable } = decodeDownload(key, text);
  return value === null
    ? { stored: null, unreadable }
    : { stored: { key, version, download: value }, unreadable: null };
}

/** True for a text that `insert` may overwrite: not a record, and not one of a later version either. */
export function isDamaged(key: string, text: string): boolean {
  return decodeDownload(key, text).unreadable?.isNewer === false;
}

/** The event for a change of a slot, with a separate copy of the record for the receiver. */
export function slotEventOf({ key, version, text }: Change): SlotEvent {
  if (text === null) return { type: "remove", key, version };
  const { value, unreadable } = decodeDownload(key, text);
  return value === null
    ? { type: "remove", key, version, unreadable }
    : { type: "put", key, version, download: value };
}

/** The answer of `Work.fetch`: null for a missing part. */
export function workOf(key: string, mark: Text | undefined, saved: Text | undefined): StoredWork {
  const markValue = mark ? readable(key, decodeMark(mark.text)) : null;
  const savedValue = saved ? readable(key, decodeSaved(saved.text)) : null;
  return {
    mark: mark && markValue ? { version: mark.version, value: markValue } : null,
    saved: saved && savedValue ? { version: saved.version, value: savedValue } : null,
  };
}

/** The answer of `Work.list`. */
export function marksOf(marks: Iterable<KeyedText>): StoredMark[] {
  const stored: StoredMark[] = [];
  for (const { key, version, text } of marks) {
    const { value } = decodeMark(text);
    if (value !== null) stored.push({ key, version, mark: value });
  }
  return stored;
}

/** The event for a change of a mark. */
export function workEventOf({ key, version, text }: Change): WorkEvent {
  if (text === null) return { type: "remove", key, version };
  const { value, unreadable } = decodeMark(text);
  return value === null
    ? { type: "remove", key, version, unreadable }
    : { type: "put", key, version, mark: value };
}

/** True for a mark that a first write may replace. */
export function isDamagedMark(text: string): boolean {
  return decodeMark(text).unreadable?.isNewer === false;
}

/** The same for the saved state. */
export function isDamagedSaved(text: string): boolean {
  return decodeSaved(text).unreadable?.isNewer === false;
}

function readable<Value>(key: string, { value, unreadable }: Decoded<Value>): Value | null {
  if (unreadable === null) return value;
  if (!unreadable.isNewer) return null;
  throw new CarryoutError("record-too-new", `the record ${key} can't be read: ${unreadable.reason}`, {
    retriable: true,
    details: { key },
  });
}
