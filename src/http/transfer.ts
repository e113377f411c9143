/** @module A file on its way to one reader, who must keep taking it. */

import type { Clock } from "../ports/clock.ts";

export interface TransferOptions {
  clock: Pick<Clock, "after">;
  /** A piece that is not taken for this long ends the transfer. */
  writeTimeoutMs: number;
  /** Breaks the connection: a source that waits for its reader can't end by itself. */
  onStalled: () => void;
  /** The last thing that happens, however the transfer ends. */
  onEnd: () => void;
}

/** The pieces of the source. A reader is taken to have taken one when it asks for the next. */
export async function* transferred(
  source: AsyncIterable<Uint8Array>,
  { clock, writeTimeoutMs, onStalled, onEnd }: TransferOptions,
): AsyncGenerator<Uint8Array, void, void> {
  try {
    for await (const piece of source) {
      const taken = clock.after(writeTimeoutMs, onStalled);
      try {
        yield piece;
      } finally {
        taken();
      }
    }
  } finally {
    onEnd();
  }
}
