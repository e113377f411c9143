/** @module Where a command writes: answers to standard output, everything else to standard error. */

import { printable, printableLine } from "../telemetry/printable.ts";
import { writeToStandardError } from "../telemetry/standard-error.ts";

/** A command's output. Control characters in visitors' text are escaped. Tests pass one that records. */
export interface Terminal {
  /** A line of the answer. */
  answer(line: string): void;
  /** A message besides the answer: progress, advice, an error. */
  say(line: string): void;
  /** Bytes of the answer, when it is a file. Resolves when more can be accepted. */
  bytes(chunk: Uint8Array): Promise<void>;
  /** Replaces the lines that the last call drew; only where `isInteractive`. */
  redraw(lines: readonly string[]): void;
  /** True when a person watches the answer. */
  readonly isInteractive: boolean;
}

let outlivesReaders = false;

/** Call in a process that is or manages a node: it then keeps running when the reader of its output has gone. */
export function outliveReaders(): void {
  outlivesReaders = true;
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
}

export function processTerminal(): Terminal {
  const { stdout } = process;
  // The reader may close the pipe early (`carryout ls | head`); nothing is left to do then.
  stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (outlivesReaders) return;
    if (error.code === "EPIPE") process.exit(0);
    throw error;
  });
  let drawn = 0;
  let picture = "";
  return {
    answer: (line) => void stdout.write(`${printable(line)}\n`),
    say: (line) => writeToStandardError(`${printable(line)}\n`),
    bytes: (chunk) =>
      new Promise((resolve) => {
        if (stdout.write(chunk)) resolve();
        else stdout.once("drain", resolve);
      }),
    redraw: (lines) => {
      // Some terminals report a size of zero.
      const width = stdout.columns || 80;
      const fitting = lines.slice(0, Math.max(1, (stdout.rows || 24) - 1));
      const text = fitting.map((line) => `${printableLine(line).slice(0, width)}\n`).join("");
      if (text === picture) return;
      stdout.write(`${drawn > 0 ? `\x1b[${drawn}A` : ""}\x1b[J${text}`);
      drawn = fitting.length;
      picture = text;
    },
    isInteractive: stdout.isTTY === true,
  };
}
