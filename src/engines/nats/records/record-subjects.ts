/** @module Where a record is kept on NATS: the number of its streams, its key, and how its version is encoded. */

import type { Version } from "../../../ports/repo.ts";

/** FNV-1a, 32 bits: http://www.isthe.com/chongo/tech/comp/fnv/ */
const FNV_OFFSET_BASIS = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** The form of `slotKey` and `downloadKey`. Anything else, above all a wildcard, must not become part of a subject. */
const KEY = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;

/** After the prefix of a stream's records: the subject that records how far tombstones were swept (tombstones.ts). */
export const FLOOR = "floor";

/** True for the key of a slot or of a download. */
export function isKey(text: string): boolean {
  return KEY.test(text);
}

/**
 * The number of the stream that keeps this key: FNV-1a of the characters before the first ".", which are those of
 * the user, modulo the number of streams. So all records of a user are in one stream. It can't be changed while
 * there are records.
 */
export function streamIndexOf(key: string, streams: number): number {
  const userEnd = key.indexOf(".");
  let hash = FNV_OFFSET_BASIS;
  for (let at = 0; at < userEnd; at += 1) hash = Math.imul(hash ^ key.charCodeAt(at), FNV_PRIME);
  return (hash >>> 0) % streams;
}

/** The stream and sequence of a write, and whether it removed the record. */
export interface SequenceOrigin {
  streamIndex: number;
  streams: number;
  isRemoval?: boolean;
}

/**
 * Versions differ between streams, and increase with the sequences of one stream. A removal's version is odd, so that a
 * write naming it never replaces the removed record.
 */
export function versionOf(sequence: number, origin: SequenceOrigin): Version {
  const { streamIndex, streams, isRemoval = false } = origin;
  return 2 * (sequence * streams + streamIndex) + (isRemoval ? 1 : 0);
}

/** The sequence that this version of a record represents, or null if it is not from this stream. */
export function sequenceOf(version: Version, { streamIndex, streams }: SequenceOrigin): number | null {
  const sequence = (version / 2 - streamIndex) / streams;
  return Number.isSafeInteger(sequence) && sequence > 0 ? sequence : null;
}
