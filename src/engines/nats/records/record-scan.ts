/** @module Reads all matching records: few from the leader, many quickly from any replica and the rest from the leader. */

import type { Entry } from "./record-entry.ts";
import type { RecordStream } from "./record-stream.ts";

export type Scanned = Pick<RecordStream, "from" | "next">;
/** So many keys are read from the leader alone: an answer in batches costs more than they do. */
const FEW = 2;
/** Of the leader, before that: a key that is written meanwhile is read again. */
const MOST_READS = 6;

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
  const next = () => ask(() => stream.next(last + 1, keys));
  const keysRead = new Set<string | null>();
  for (let reads = 0; reads < MOST_READS && keysRead.size < FEW; reads += 1) {
    const entry = await next();
    if (entry === null) return;
    last = entry.sequence;
    keysRead.add(entry.key);
    yield [entry];
  }
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
  for (let entry = await next(); entry !== null; entry = await next()) {
    last = entry.sequence;
    yield [entry];
  }
}
