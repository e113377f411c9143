/** @module Parses a record stream's messages: a record, its removal, or how far removals were swept. */

import type { StoredMessage } from "../jetstream/stream.ts";
import { FLOOR, isKey } from "./record-subjects.ts";

/** Tools for NATS key-value stores recognise a removal by this header. */
const OPERATION_HEADER = "KV-Operation";
const REMOVALS = ["DEL", "PURGE"];
/** Identifies the call of the repo that wrote a message, so that the repo can recognise its own. */
const WRITE_HEADER = "Carryout-Write";

export interface Entry {
  sequence: number;
  storedAt: number;
  /** The call that wrote it. */
  write: string;
  /** The key of its slot or download; null if the message does not belong to a record. */
  key: string | null;
  /** The record as JSON; null when it was removed. */
  text: string | null;
  /** Removals up to this sequence may be gone from the stream. Only in the message that records this. */
  floor?: number;
}

/** What is known of a stream's tombstones: those up to `floor` may be gone, those up to `swept` are. */
export interface Floor {
  floor: number;
  swept: number;
}

/** `subjects` is the prefix of the subjects of these records. */
export function entryOf(message: StoredMessage, subjects: string): Entry {
  const { subject, sequence, storedAt, headers, data } = message;
  const name = subject.startsWith(subjects) ? subject.slice(subjects.length) : "";
  const entry = { sequence, storedAt, write: headers.get(WRITE_HEADER) };
  if (name === FLOOR) return { ...entry, key: null, text: null, floor: floorOf(data).floor };
  if (!isKey(name)) return { ...entry, key: null, text: null };
  return { ...entry, key: name, text: isRemoval(message) ? null : textOf(data) };
}

export function isRemoval({ headers }: Pick<StoredMessage, "headers">): boolean {
  return REMOVALS.includes(headers.get(OPERATION_HEADER));
}

/** The headers of a write; a removal's body is empty. */
export function headersOf(write: string, text: string | null): Record<string, string> {
  return text === null ? { [WRITE_HEADER]: write, [OPERATION_HEADER]: "DEL" } : { [WRITE_HEADER]: write };
}

/** Zeros when it can't be read: then everything is swept again, and watchers trust what they read. */
export function floorOf(data: Uint8Array): Floor {
  try {
    const { floor, swept } = JSON.parse(textOf(data));
    return { floor: Number(floor) || 0, swept: Number(swept) || 0 };
  } catch {
    return { floor: 0, swept: 0 };
  }
}

export function textOf(data: Uint8Array): string {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("utf8");
}
