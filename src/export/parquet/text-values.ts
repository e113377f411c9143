/** @module Texts in Parquet: UTF-8 preceded by the length, ordered by their bytes. */

import type { Cell } from "../cell.ts";
import { type Bounds, ColumnValues } from "./column-values.ts";

/** Longest bound, in bytes: usual among writers of Parquet. */
const LONGEST_BOUND = 16;
/** One more byte shows whether there is more. */
const PREFIX = LONGEST_BOUND + 1;
/** The last code point. It is unassigned, so texts don't contain it. */
const LAST_CHARACTER = Buffer.from("\u{10ffff}");
/** Shorter texts are copied in JavaScript: calling into the runtime takes longer. */
const SHORT = 24;

export class TextValues extends ColumnValues {
  /** The first bytes of the minimum and maximum: a smaller text has no greater first bytes. */
  #min: Uint8Array | undefined;
  #max: Uint8Array | undefined;

  takeBounds(): Bounds | undefined {
    const [min, max] = [this.#min, this.#max];
    this.#min = undefined;
    this.#max = undefined;
    if (min === undefined || max === undefined) return undefined;
    const upper = upperBound(max);
    return upper === undefined ? undefined : { min: wholeCharacters(min, LONGEST_BOUND), max: upper };
  }

  protected put(cell: Cell): void {
    const text = cell as string;
    this.reserve(4 + 3 * text.length);
    const start = this.size + 4;
    const size = this.#write(text, start);
    this.view.setUint32(this.size, size, true);
    this.size = start + size;
    const length = Math.min(size, PREFIX);
    if (this.#min === undefined || this.#compare(start, length, this.#min) < 0) {
      this.#min = this.#copy(start, length);
    }
    if (this.#max === undefined || this.#compare(start, length, this.#max) > 0) {
      this.#max = this.#copy(start, length);
    }
  }

  /** Returns the number of bytes written. */
  #write(text: string, start: number): number {
    if (text.length > SHORT) return this.bytes.write(text, start);
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code > 0x7f) return this.bytes.write(text, start);
      this.bytes[start + at] = code;
    }
    return text.length;
  }

  #copy(start: number, length: number): Uint8Array {
    return new Uint8Array(this.bytes.subarray(start, start + length));
  }

  #compare(start: number, length: number, other: Uint8Array): number {
    const both = Math.min(length, other.length);
    for (let at = 0; at < both; at++) {
      const difference = this.bytes[start + at]! - other[at]!;
      if (difference !== 0) return difference;
    }
    return length - other.length;
  }
}

/** At least as great as all texts with this prefix; undefined if there is none of that length. */
function upperBound(prefix: Uint8Array): Uint8Array | undefined {
  if (prefix.length <= LONGEST_BOUND) return prefix;
  const shorter = wholeCharacters(prefix, LONGEST_BOUND - LAST_CHARACTER.length);
  const next = prefix.subarray(shorter.length, shorter.length + LAST_CHARACTER.length);
  return LAST_CHARACTER.equals(next) ? undefined : Buffer.concat([shorter, LAST_CHARACTER]);
}

/** As many whole UTF-8 characters as fit into this many bytes. */
function wholeCharacters(bytes: Uint8Array, most: number): Uint8Array {
  let end = Math.min(bytes.length, most);
  while (end > 0 && end < bytes.length && (bytes[end]! & 0xc0) === 0x80) end -= 1;
  return bytes.subarray(0, end);
}
