/** @module The format of messages on a stream: one JSON text per line, `["channel",message]`. */

import type { Json } from "../../download/json.ts";

export interface Frame {
  channel: string;
  message: Json;
}

/** Longest line in bytes (sent) or characters (received); a longer one is the sender's error. */
export const LONGEST_FRAME = 1 << 20;

/** The bytes of a frame, or null when it would be too long. JSON text never holds a bare line feed. */
export function encodeFrame(channel: string, message: Json): Buffer | null {
  const bytes = Buffer.from(`${JSON.stringify([channel, message])}\n`, "utf8");
  return bytes.length <= LONGEST_FRAME ? bytes : null;
}

/** Cuts a stream into frames. Holds at most one unfinished line. */
export class FrameReader {
  #rest = "";

  /** The frames completed by this text. Throws a `SyntaxError` for anything that is not a frame: the stream is unusable then. */
  push(text: string): Frame[] {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop() ?? "";
    if (this.#rest.length > LONGEST_FRAME) throw new SyntaxError("frame too long");
    return lines.map(decode);
  }
}

function decode(line: string): Frame {
  const value: unknown = JSON.parse(line);
  if (!Array.isArray(value) || value.length !== 2 || typeof value[0] !== "string") {
    throw new SyntaxError("a frame must be [channel, message]");
  }
  return { channel: value[0], message: value[1] as Json };
}
