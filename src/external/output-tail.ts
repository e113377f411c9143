/** @module The end of a program's standard error. */

import type { Readable } from "node:stream";

/** Number of bytes kept: as many as the log accepts in one message. */
const TAIL_BYTES = 2_000;

/** Reads all of it, so that the program never blocks on a full pipe, and keeps the end. */
export class OutputTail {
  #kept = Buffer.alloc(0);

  constructor(stream: Readable) {
    stream.on("data", (chunk: Buffer) => {
      // Copied, so that a slice does not keep a long chunk in memory.
      this.#kept = Buffer.from(
        Buffer.concat([this.#kept, chunk.subarray(-TAIL_BYTES)]).subarray(-TAIL_BYTES),
      );
    });
  }

  /** As text; invalid UTF-8 is replaced. */
  text(): string {
    // The first character may be incomplete.
    return this.#kept
      .toString("utf8")
      .replace(/^\uFFFD{1,3}/, "")
      .trim();
  }

  lastLine(): string {
    return this.text().split(/\r?\n/).at(-1) ?? "";
  }
}
