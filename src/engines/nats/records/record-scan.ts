/** @module Reads all matching records: most of them quickly from any replica, the rest from the leader. */

import type { Entry } from "./record-entry.ts";
import type { RecordStream } from "./record-stream.ts";

export type Scanned = Pick<RecordStream, "from" | "next">;
export type Ask = <Answer>(question: () => Promise<Answer>) => Promise<Answer>;

/**
 * The last entries of all keys that match, of those after a sequence: everything that was acknowledged before the call. A
 * replica that lags behind has what the stream was at some moment before, so what it lacks comes after the last entry
 * that it has. A key that is written meanwhile may be met twice, the later one last.
 */
export async function* entriesAfter(
  stream: Scanned,
  sequence: number,
  keys: string,
  ask: Ask,
): AsyncGenerator<readonly Entry[], void, void> {
  let last = sequence;
  const batches = stream.from(last + 1, keys);
  for (;;) {
    const entries = await batches.next().then(
      ({ value }) => value ?? null,
      // The leader is asked for the rest, and tells what is wrong.
      () => null,
    );
    if (entries === null) break;
    last = entries.at(-1)?.sequence ?? last;
    yield entries;
  }
  for (;;) {
    const from = last + 1;
    const entry = await ask(() => stream.next(from, keys));
    if (entry === null) return;
    last = entry.sequence;
    yield [entry];
  }
}
