/** @module The transfer of a file to one client, which must keep reading. */

import type { Clock } from "../ports/clock.ts";

export interface TransferOptions {
  clock: Pick<Clock, "after">;
  /** A chunk that is not read for this long ends the transfer. */
  writeTimeoutMs: number;
  /** Breaks the connection: a source that waits for its client can't end by itself. */
  onStalled: () => void;
  /** Called last, however the transfer ends. */
  onEnd: () => void;
}

/** The source's chunks. A chunk counts as read when the next one is requested. */
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
