/** @module Writes a ZIP archive entry by entry, as a stream that can be resumed in another process. */

import type { Sink } from "../format.ts";
import { type CompressionLevel, DeflatedBlocks, type DeflatedState } from "./deflated-blocks.ts";
import { EntryList, type EntryListState } from "./entry-list.ts";
import { dataDescriptor, directoryEnd, directoryRecord, lengthOf, localHeader } from "./zip-records.ts";

/** JSON. Excludes offsets, which can be computed from the entries. */
export type ZipState = { entries: EntryListState; open: OpenEntry | null };

type OpenEntry = { name: string; changedAt: number; level: CompressionLevel; deflated: DeflatedState };

export interface EntryOptions {
  /** Between 1980 and 2106; stored to the second. */
  readonly changedAt: Date;
  /**
   * Default 6. At level 0 content is not compressed, but still in the DEFLATE format: programs that read an archive as
   * a stream could not find the end of an entry otherwise, since its size follows it.
   */
  readonly level?: CompressionLevel;
}

const LONGEST_NAME_BYTES = 0xffff;
const DIRECTORY_CHUNK_BYTES = 64 * 1024;

/**
 * Calls must not overlap. The same calls give the same bytes: the state has everything about the earlier output.
 * Entries, archive and number of entries may exceed the limits of the original format (ZIP64 is used where needed, and
 * only there).
 */
export class ZipWriter implements Sink {
  readonly #sink: Sink;
  readonly #entries: EntryList;
  #open: (Omit<OpenEntry, "deflated"> & { blocks: DeflatedBlocks }) | null = null;
  /** Bytes of the complete entries, before compression. */
  #size = 0;

  constructor(sink: Sink, from?: ZipState) {
    this.#sink = sink;
    this.#entries = new EntryList(from?.entries);
    for (const { size } of this.#entries.all()) this.#size += size;
    if (from?.open) {
      const { deflated, ...entry } = from.open;
      this.#open = { ...entry, blocks: new DeflatedBlocks(sink, entry.level, deflated) };
    }
  }

  /** Bytes of all entries so far, before compression. */
  get size(): number {
    return this.#size + (this.#open?.blocks.size ?? 0);
  }

  /** The entry being written, or null between two entries. */
  get openName(): string | null {
    return this.#open?.name ?? null;
  }

  /** The names of the complete entries. */
  *names(): Iterable<string> {
    for (const { name } of this.#entries.all()) yield name;
  }

  /**
   * Does not check for duplicate names. Throws a `TypeError` for a name that no archive should have, see
   * `checkEntryName`.
   */
  async begin(name: string, { changedAt, level = 6 }: EntryOptions): Promise<void> {
    if (this.#open !== null) throw new TypeError(`end the entry ${JSON.stringify(this.#open.name)} first`);
    checkEntryName(name);
    const seconds = Math.floor(changedAt.getTime() / 1000);
    this.#open = { name, changedAt: seconds, level, blocks: new DeflatedBlocks(this.#sink, level) };
    await this.#sink.write(localHeader(name, seconds));
  }

  /** Adds bytes to the current entry. */
  async write(chunk: Uint8Array | string): Promise<void> {
    await this.#openEntry().blocks.write(chunk);
  }

  /** Completes the current entry. */
  async endEntry(): Promise<void> {
    const { name, changedAt, blocks } = this.#openEntry();
    const entry = { name, changedAt, ...(await blocks.end()) };
    await this.#sink.write(dataDescriptor(entry));
    this.#entries.add(entry);
    this.#size += entry.size;
    this.#open = null;
  }

  /** Flushes, so that the sink holds all earlier bytes. Each flush within an entry costs some compression. */
  async save(): Promise<ZipState> {
    const entries = this.#entries.save();
    if (this.#open === null) return { entries, open: null };
    const { blocks, ...entry } = this.#open;
    return { entries, open: { ...entry, deflated: await blocks.flush() } };
  }

  /** Writes the directory. */
  async end(): Promise<void> {
    if (this.#open !== null) throw new TypeError(`end the entry ${JSON.stringify(this.#open.name)} first`);
    let offset = 0;
    let directoryBytes = 0;
    let chunk: Buffer[] = [];
    let chunkBytes = 0;
    for (const entry of this.#entries.all()) {
      const record = directoryRecord(entry, offset);
      offset += lengthOf(entry);
      directoryBytes += record.length;
      chunk.push(record);
      chunkBytes += record.length;
      if (chunkBytes < DIRECTORY_CHUNK_BYTES) continue;
      await this.#sink.write(Buffer.concat(chunk));
      chunk = [];
      chunkBytes = 0;
    }
    chunk.push(directoryEnd(this.#entries.count, directoryBytes, offset));
    await this.#sink.write(Buffer.concat(chunk));
  }

  #openEntry() {
    if (this.#open === null) throw new TypeError("begin an entry first");
    return this.#open;
  }
}

/**
 * Throws a `TypeError` for a name that would not be unpacked as a single file below the target folder. Folders are
 * separated by "/".
 */
export function checkEntryName(name: string): void {
  const parts = name.split("/");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what it looks for
  const isHarmless = !/[\\\u0000-\u001f\u007f]|^[A-Za-z]:/.test(name) && name.isWellFormed();
  if (isHarmless && parts.every((part) => part !== "" && part !== "." && part !== "..")) {
    if (Buffer.byteLength(name) <= LONGEST_NAME_BYTES) return;
  }
  throw new TypeError(
    `the name of an entry must be a path such as "2026/orders.csv" of at most ${LONGEST_NAME_BYTES} bytes, without "..", "\\" and control characters, not ${JSON.stringify(name.slice(0, 80))}`,
  );
}
