/** @module Lines of a stream of bytes. */

import { UserError } from "../../errors.ts";

export interface Line {
  /** Without the line end. */
  readonly text: string;
  /** With the line end, and with a preceding byte order mark. */
  readonly sizeBytes: number;
}

const NEW_LINE = 0x0a;
const BYTE_ORDER_MARK = "\uFEFF";

/**
 * Lines end in LF or CRLF; the last one may end with the stream. Throws a `UserError` with the line's number for a line
 * of more than `maxLineBytes` and for bytes that are not UTF-8. `before` lines came earlier.
 */
export async function* linesOf(
  chunks: AsyncIterable<Uint8Array>,
  before: number,
  maxLineBytes: number,
): AsyncGenerator<Line, void, undefined> {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  let number = before;
  let pending: Uint8Array[] = [];
  let pendingBytes = 0;

  function add(bytes: Uint8Array): void {
    pendingBytes += bytes.length;
    if (pendingBytes > maxLineBytes + 1) {
      throw new UserError(`line ${number + 1} of the source has more than ${maxLineBytes} bytes`, {
        retriable: false,
      });
    }
    pending.push(bytes);
  }

  function take(): Line {
    number += 1;
    const bytes = pending.length === 1 ? pending[0]! : Buffer.concat(pending);
    pending = [];
    pendingBytes = 0;
    let text: string;
    try {
      text = decoder.decode(bytes);
    } catch (cause) {
      throw new UserError(`line ${number} of the source is not valid UTF-8`, { retriable: false, cause });
    }
    if (number === 1 && text.startsWith(BYTE_ORDER_MARK)) text = text.slice(1);
    return { text: text.replace(/\r?\n$/, ""), sizeBytes: bytes.length };
  }

  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(NEW_LINE); end >= 0; end = chunk.indexOf(NEW_LINE, start)) {
      add(chunk.subarray(start, end + 1));
      yield take();
      start = end + 1;
    }
    if (start < chunk.length) add(chunk.subarray(start));
  }
  if (pendingBytes > 0) yield take();
}
