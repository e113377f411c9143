/** @module Reads all matching records: most of them quickly from any replica, the rest from the leader. */

import type { Entry } from "./record-entry.ts";
import type { RecordStream } from "./record-stream.ts";

export type Scanned = Pick<RecordStream, "from" | "next">;
export type Ask = <Answer>(question: () => Promise<Answer>) => Promise<Answer>;

/**
 * The last entries after a sequence of all keys that match: everything that was acknowledged before the call. A
 * lagging replica has an earlier state of the stream, so the entries that it lacks come after the last one that it
 * has. A key that is written meanwhile may appear twice, with the later entry last.
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
      // The leader is read for the rest, and reports what is wrong.
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
