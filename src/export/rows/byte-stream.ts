/** @module Bytes from an author's stream or answer of `fetch`. */

import { UserError } from "../../errors.ts";
import { valueName } from "../../text/value-name.ts";

/** Bytes or text from a Node stream, a web stream or an async iterable; or an answer of `fetch`. */
export type NdjsonStream = AsyncIterable<Uint8Array | string> | Response;

export interface ByteStream {
  readonly bytes: AsyncIterable<Uint8Array>;
  /** An answer's strong entity tag. */
  readonly etag?: string;
}

/** The bytes from `offset` on. `etag` is the tag that the answer must still have. */
export async function byteStream(
  stream: NdjsonStream,
  offset: number,
  etag: string | undefined,
): Promise<ByteStream> {
  if (!isResponse(stream)) {
    if (typeof stream?.[Symbol.asyncIterator] === "function") return { bytes: asBytes(stream) };
    throw new TypeError(`open must give a stream or a Response, not ${valueName(stream)}`);
  }
  try {
    return ofResponse(stream, offset, etag);
  } catch (error) {
    // Otherwise the unread body would keep its connection open.
    await stream.body?.cancel();
    throw error;
  }
}

function ofResponse(response: Response, offset: number, etag: string | undefined): ByteStream {
  const { status, headers } = response;
  // Nothing follows the last line.
  if (status === 416 && headers.get("content-range") === `bytes */${offset}`) return { bytes: asBytes([]) };
  if (status !== 200 && status !== 206) {
    const retriable = status >= 500 || status === 408 || status === 429;
    throw new UserError(`the source of the rows answered with status ${status}`, { retriable });
  }
  const found = headers.get("etag") ?? undefined;
  if (etag !== undefined && found !== etag) {
    throw new UserError("the source of the rows changed while it was read", { retriable: false });
  }
  const bytes = asBytes(response.body ?? []);
  const tag = found === undefined || found.startsWith("W/") ? {} : { etag: found };
  if (status === 200) return { bytes: skip(bytes, offset), ...tag };
  if (headers.has("content-encoding")) {
    throw new TypeError(
      "a part of a compressed answer can't be read by itself: ask with accept-encoding: identity",
    );
  }
  const range = headers.get("content-range") ?? "";
  if (!range.startsWith(`bytes ${offset}-`)) {
    throw new TypeError(`the answer must begin at byte ${offset}, not with content-range "${range}"`);
  }
  return { bytes, ...tag };
}

/** Including those of other realms. */
function isResponse(value: unknown): value is Response {
  return value instanceof Response || Object.prototype.toString.call(value) === "[object Response]";
}

async function* asBytes(
  chunks: AsyncIterable<Uint8Array | string> | Iterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of chunks) {
    if (typeof chunk === "string") yield Buffer.from(chunk);
    else if (chunk instanceof Uint8Array) yield chunk;
    else throw new TypeError(`the stream must give bytes or text, not ${valueName(chunk)}`);
  }
}

async function* skip(
  chunks: AsyncIterable<Uint8Array>,
  count: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  let left = count;
  for await (const chunk of chunks) {
    if (left >= chunk.length) left -= chunk.length;
    else {
      yield left === 0 ? chunk : chunk.subarray(left);
      left = 0;
    }
  }
  if (left > 0) throw new UserError("the source of the rows is shorter than it was", { retriable: false });
}
