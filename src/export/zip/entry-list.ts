/** @module A compact list of an archive's complete entries: the directory at its end needs all of them. */

import { deflateRawSync, inflateRawSync } from "node:zlib";
import type { ZipEntry } from "./zip-records.ts";

/** The sealed ones as packed texts, and the later ones. */
export type EntryListState = { packed: string[]; recent: PlainEntry[] };

type PlainEntry = [name: string, changedAt: number, crc: number, size: number, compressedSize: number];

/** Packed together, as names and times have much in common. A packed entry takes about 20 bytes of the state. */
const ENTRIES_PER_PACK = 256;

export class EntryList {
  readonly #packed: string[];
  readonly #recent: PlainEntry[];
  #count: number;

  constructor(from: EntryListState = { packed: [], recent: [] }) {
    this.#packed = [...from.packed];
    this.#recent = [...from.recent];
    this.#count = this.#packed.length * ENTRIES_PER_PACK + this.#recent.length;
  }

  get count(): number {
    return this.#count;
  }

  add({ name, changedAt, crc, size, compressedSize }: ZipEntry): void {
    this.#count += 1;
    this.#recent.push([name, changedAt, crc, size, compressedSize]);
    if (this.#recent.length < ENTRIES_PER_PACK) return;
    this.#packed.push(deflateRawSync(JSON.stringify(columnsOf(this.#recent))).toString("base64"));
    this.#recent.length = 0;
  }

  save(): EntryListState {
    return { packed: [...this.#packed], recent: [...this.#recent] };
  }

  /** In the order in which they were added. */
  *all(): Iterable<ZipEntry> {
    for (const text of this.#packed) {
      const columns = JSON.parse(inflateRawSync(Buffer.from(text, "base64")).toString()) as Columns;
      for (let at = 0; at < ENTRIES_PER_PACK; at++)
        yield entryOf(columns.map((column) => column[at]) as PlainEntry);
    }
    for (const entry of this.#recent) yield entryOf(entry);
  }
}

/** Column by column: this compresses better than entry by entry. */
type Columns = [names: string[], ...numbers: number[][]];

function columnsOf(entries: readonly PlainEntry[]): Columns {
  return [0, 1, 2, 3, 4].map((column) => entries.map((entry) => entry[column]!)) as Columns;
}

function entryOf([name, changedAt, crc, size, compressedSize]: PlainEntry): ZipEntry {
  return { name, changedAt, crc, size, compressedSize };
}
