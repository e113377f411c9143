/** @module The end of what a program says on its standard error. */

import type { Readable } from "node:stream";

/** Bytes that are kept, as many as the log takes of one message. */
const TAIL_BYTES = 2_000;

/** Reads all of it, so that the program never waits for its reader, and keeps its end. */
export class OutputTail {
  #kept = Buffer.alloc(0);

  constructor(stream: Readable) {
    stream.on("data", (chunk: Buffer) => {
      // A long chunk must not live on as a part of it.
      this.#kept = Buffer.from(
        Buffer.concat([this.#kept, chunk.subarray(-TAIL_BYTES)]).subarray(-TAIL_BYTES),
      );
    });
  }

  /** Text; what is not UTF-8 is replaced. */
  text(): string {
    // The first character may have been cut.
    return this.#kept
      .toString("utf8")
      .replace(/^\uFFFD{1,3}/, "")
      .trim();
  }

  lastLine(): string {
    return this.text().split(/\r?\n/).at(-1) ?? "";
  }
}
