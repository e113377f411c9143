/** @module Converts what `write` accepts to bytes. */

import { types } from "node:util";
import { valueName } from "../text/value-name.ts";

/** Text (as UTF-8), or bytes in any of JavaScript's types for them. */
export type Chunk = string | ArrayBufferView | ArrayBufferLike;

/** The bytes, in memory that the caller still owns unless it is text. A `TypeError` for everything else. */
export function bytesOf(chunk: unknown): Uint8Array {
  if (typeof chunk === "string") return Buffer.from(chunk, "utf8");
  if (ArrayBuffer.isView(chunk)) {
    refuseDetached(chunk.buffer);
    return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  }
  if (types.isAnyArrayBuffer(chunk)) {
    refuseDetached(chunk);
    return new Uint8Array(chunk);
  }
  const hint = types.isPromise(chunk) ? ": await it first" : "";
  throw new TypeError(
    `write() takes a string, a Buffer, an ArrayBuffer or a view of one, not ${valueName(chunk)}${hint}`,
  );
}

/** A detached buffer: its bytes are elsewhere, and would silently be missing from the file. */
function refuseDetached(buffer: ArrayBufferLike): void {
  if (buffer instanceof ArrayBuffer && buffer.detached) {
    throw new TypeError("write() was given a detached ArrayBuffer, whose bytes were transferred elsewhere");
  }
}
