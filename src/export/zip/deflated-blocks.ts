/** @module Raw DEFLATE (RFC 1951) of a stream, in independent blocks, so that it can be resumed anywhere. */

import { promisify } from "node:util";
import { constants, crc32, deflateRaw, type ZlibOptions } from "node:zlib";
import type { Sink } from "../format.ts";

const compress = promisify<Uint8Array, ZlibOptions, Buffer>(deflateRaw);

/** The state to resume from: only counters, since each block is compressed independently. */
export type DeflatedState = {
  /** CRC-32 of the bytes so far, before compression. */
  crc: number;
  size: number;
  compressedSize: number;
};

const NOTHING_YET: DeflatedState = { crc: 0, size: 0, compressedSize: 0 };

/** 0 stores; 1 is fastest, 9 smallest. */
export type CompressionLevel = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9;

/** Blocks can't share matches: with this size that costs less than 1 % of the file. */
const BLOCK_BYTES = 256 * 1024;
/** Blocks compressed on zlib's threads while the next rows are made. */
const BLOCKS_UNDER_WAY = 3;
/** The end of a stream: an empty last block with fixed codes. Everything before it ends at a byte boundary. */
const LAST_BLOCK = Uint8Array.of(0x03, 0x00);

/**
 * Every block ends with an empty stored one (`Z_SYNC_FLUSH`), so that blocks can be concatenated. A block ends when
 * this many bytes were added since the last flush, however they were split: the same bytes and flushes give the same
 * stream. Memory: four blocks, plus zlib's memory for three.
 */
export class DeflatedBlocks {
  readonly #sink: Sink;
  readonly #options: ZlibOptions;
  readonly #underWay: Promise<Buffer>[] = [];
  #crc: number;
  #size: number;
  #compressedSize: number;
  #block: Buffer | null = null;
  /** Blocks that were compressed, to be filled again: garbage of this size would be collected late. */
  readonly #free: Buffer[] = [];
  #filled = 0;

  constructor(sink: Sink, level: CompressionLevel, from: DeflatedState = NOTHING_YET) {
    this.#sink = sink;
    this.#options = {
      level,
      finishFlush: constants.Z_SYNC_FLUSH,
      chunkSize: level === 0 ? BLOCK_BYTES + 1024 : 64 * 1024,
    };
    this.#crc = from.crc;
    this.#size = from.size;
    this.#compressedSize = from.compressedSize;
  }

  /** Bytes added so far. */
  get size(): number {
    return this.#size;
  }

  async write(chunk: Uint8Array | string): Promise<void> {
    let rest = typeof chunk === "string" ? Buffer.from(chunk, "utf8") : chunk;
    this.#size += rest.length;
    while (rest.length > 0) {
      this.#block ??= this.#free.pop() ?? Buffer.allocUnsafeSlow(BLOCK_BYTES);
      const taken = rest.subarray(0, BLOCK_BYTES - this.#filled);
      this.#block.set(taken, this.#filled);
      this.#filled += taken.length;
      rest = rest.subarray(taken.length);
      if (this.#filled === BLOCK_BYTES) await this.#cut();
    }
  }

  /** Resolves when the sink holds all bytes so far, compressed. */
  async flush(): Promise<DeflatedState> {
    await this.#cut();
    while (this.#underWay.length > 0) await this.#writeFirst();
    return { crc: this.#crc, size: this.#size, compressedSize: this.#compressedSize };
  }

  /** Ends the stream, and returns its totals. */
  async end(): Promise<DeflatedState> {
    const { crc, size, compressedSize } = await this.flush();
    await this.#sink.write(LAST_BLOCK);
    return { crc, size, compressedSize: compressedSize + LAST_BLOCK.length };
  }

  async #cut(): Promise<void> {
    if (this.#block === null) return;
    const whole = this.#block;
    const block = whole.subarray(0, this.#filled);
    this.#block = null;
    this.#filled = 0;
    this.#crc = crc32(block, this.#crc);
    const compressed = compress(block, this.#options).finally(() => this.#free.push(whole));
    // Awaited later, in its turn.
    compressed.catch(() => {});
    this.#underWay.push(compressed);
    if (this.#underWay.length > BLOCKS_UNDER_WAY) await this.#writeFirst();
  }

  async #writeFirst(): Promise<void> {
    const bytes = await this.#underWay[0]!;
    this.#underWay.shift();
    this.#compressedSize += bytes.length;
    await this.#sink.write(bytes);
  }
}
