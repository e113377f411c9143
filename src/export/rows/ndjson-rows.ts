/** @module Rows from a stream of NDJSON: a file, or an answer to a request. */

import { UserError } from "../../errors.ts";
import type { Batch, Rows } from "../rows.ts";
import { byteStream, type NdjsonStream } from "./byte-stream.ts";
import { batchSize } from "./key-pages.ts";
import { linesOf } from "./lines.ts";

export interface NdjsonRequest<Params = unknown> {
  /** The byte at which the stream must begin. */
  readonly offset: number;
  readonly params: Params;
  readonly signal: AbortSignal;
}

export interface NdjsonRowsOptions<Params = unknown> {
  /**
   * Returns the bytes from `offset` on: `createReadStream(path, { start: offset })`; or a `Response` to a request with
   * `range: bytes=${offset}-`. An answer with the whole file (status 200) is read and skipped up to there.
   */
  readonly open: (request: NdjsonRequest<Params>) => NdjsonStream | Promise<NdjsonStream>;
  /** Rows in a batch; default 1,000. A batch also ends after 4 MiB. */
  readonly size?: number;
  /** The longest line in bytes; default 1 MiB. */
  readonly maxLineBytes?: number;
}

/** Where the next line begins, and the number of lines before it; the entity tag if there is one. */
export type NdjsonCursor = { offset: number; line: number; etag?: string };

const LARGEST_BATCH_BYTES = 4 * 1024 * 1024;

/**
 * A row for each line, which must be a JSON object. Empty lines are counted and skipped. The cursor is an offset in
 * bytes, so bytes already read must not change: an answer whose strong entity tag changed ends the download with a
 * `UserError`. So does a line that is too long, not UTF-8, or not an object; the error has its number.
 */
export function ndjsonRows<R extends object = Record<string, unknown>, Params = unknown>(
  options: NdjsonRowsOptions<Params>,
): Rows<R, Params, NdjsonCursor> {
  const size = batchSize("size", options.size ?? 1_000);
  const maxLineBytes = options.maxLineBytes ?? 1024 * 1024;
  return async function* ({
    after,
    params,
    signal,
  }): AsyncGenerator<Batch<R, NdjsonCursor>, void, undefined> {
    let { offset, line } = after ?? { offset: 0, line: 0 };
    const stream = await options.open({ offset, params, signal });
    const { bytes, etag } = await byteStream(stream, offset, after?.etag);
    const tag = etag === undefined ? {} : { etag };
    let rows: R[] = [];
    let begin = offset;
    for await (const { text, sizeBytes } of linesOf(bytes, line, maxLineBytes)) {
      signal.throwIfAborted();
      line += 1;
      offset += sizeBytes;
      if (text.trim() !== "") rows.push(parse<R>(text, line));
      if (rows.length < size && offset - begin < LARGEST_BATCH_BYTES) continue;
      yield { rows, cursor: { offset, line, ...tag } };
      rows = [];
      begin = offset;
    }
    if (offset > begin) yield { rows, cursor: { offset, line, ...tag } };
  };
}

function parse<R>(text: string, line: number): R {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new UserError(`line ${line} of the source is not valid JSON`, { retriable: false, cause });
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as R;
  throw new UserError(`line ${line} of the source must be a JSON object`, { retriable: false });
}
