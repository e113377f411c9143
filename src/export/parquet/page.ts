/** @module One page of a column: a header and the compressed values. */

import { promisify } from "node:util";
import { constants, gzip, zstdCompress } from "node:zlib";
import type { ColumnValues } from "./column-values.ts";
import { type Compression, PLAIN, RLE } from "./physical.ts";
import { ThriftStruct } from "./thrift.ts";

export interface Page {
  readonly bytes: Uint8Array;
  /** Including the header, before compression. */
  readonly uncompressed: number;
}

const compressZstd = promisify(zstdCompress);
const compressGzip = promisify(gzip);
/** The fastest levels: a higher one takes several times as long to save a tenth. */
const ZSTD = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };
const GZIP = { level: 1 };
const DATA_PAGE = 0;

/**
 * Compresses on another thread: the values and the bytes of `scratch` must not change until it resolves. The scratch
 * buffer is reused for every page, as new ones would fill memory faster than they are collected.
 */
export async function pageOf(
  values: ColumnValues,
  compression: Compression,
  scratch: Scratch,
): Promise<Page> {
  const plain = scratch.joined(values.page());
  const body = await compress(plain, compression);
  const header = new ThriftStruct()
    .i32(1, DATA_PAGE)
    .i32(2, plain.length)
    .i32(3, body.length)
    .struct(5, (page) => page.i32(1, values.rows).i32(2, PLAIN).i32(3, RLE).i32(4, RLE))
    .packed();
  return { bytes: Buffer.concat([header, body]), uncompressed: header.length + plain.length };
}

export class Scratch {
  #bytes = Buffer.alloc(0);

  joined(pieces: readonly Uint8Array[]): Buffer {
    const size = pieces.reduce((sum, { length }) => sum + length, 0);
    if (size > this.#bytes.length) this.#bytes = Buffer.alloc(size);
    let at = 0;
    for (const piece of pieces) {
      this.#bytes.set(piece, at);
      at += piece.length;
    }
    return this.#bytes.subarray(0, size);
  }
}

async function compress(bytes: Buffer, compression: Compression): Promise<Uint8Array> {
  if (compression === "zstd") return compressZstd(bytes, ZSTD);
  return compression === "gzip" ? compressGzip(bytes, GZIP) : bytes;
}
