/** @module Removes the tombstones of a history, and entries of its index without a record. */

import { idOf } from "../../../download/key.ts";
import { listed } from "../../../ports/stored-text.ts";
import { dueName, dueTimeOf, EMPTY_SLICE_KEPT_MS, type HistoryIndex, sliceOf } from "./history-index.ts";
import type { NatsTable } from "./nats-table.ts";
import { entriesAfter } from "./record-scan.ts";
import type { RecordStream } from "./record-stream.ts";
import { areReplicasCurrent, noteSweep, type TombstoneOptions } from "./tombstones.ts";

export interface HistorySweepOptions extends TombstoneOptions {
  records: NatsTable;
  /** By stream: the part of the index that lists removals. */
  gone: readonly RecordStream[];
  index: HistoryIndex;
}

/**
 * Sweeps one stream, and returns how many removals it swept. The cost grows with the number of removed records, and of
 * due ones not removed yet. Several nodes may do it at once; an interrupted run leaves the rest to the next. Errors:
 * `unavailable`, `closed`.
 */
export async function sweepHistory(stream: RecordStream, options: HistorySweepOptions): Promise<number> {
  if (!(await areReplicasCurrent(stream, options))) return 0;
  const removed = await sweepGone(stream, options);
  await sweepDue(stream, options);
  await noteSweep(stream, options);
  return removed;
}

async function sweepGone(stream: RecordStream, options: HistorySweepOptions): Promise<number> {
  const { clock, patience, tombstoneAgeMs, index, records } = options;
  const youngest = clock.now() - tombstoneAgeMs;
  const ask = <Answer>(question: () => Promise<Answer>) => patience.ask(stream, question);
  const ofRecords = records.streams[stream.index]!;
  let removed = 0;
  for await (const entries of entriesAfter(options.gone[stream.index]!, 0, "*.*", ask)) {
    for (const { key, sequence, storedAt } of entries) {
      if (storedAt > youngest) return removed;
      const record = await ask(() => ofRecords.last(key!));
      // A leader that was deposed may lack it.
      if (record === null && (await ask(() => ofRecords.holds(key!))).isThere) continue;
      const isRemoved = record?.text == null;
      if (isRemoved && record !== null && record.storedAt > youngest) continue;
      if (isRemoved) await index.forgetId(idOf(key!));
      if (isRemoved && record !== null) {
        await ask(() => ofRecords.remove(record.sequence));
        removed += 1;
      }
      await ask(() => stream.remove(sequence));
    }
  }
  return removed;
}

/** Removes entries that are outdated because their record got another time or was removed. */
async function sweepDue(stream: RecordStream, options: HistorySweepOptions): Promise<void> {
  const { clock, patience, tombstoneAgeMs, index, records } = options;
  const now = clock.now();
  const ask = <Answer>(question: () => Promise<Answer>) => patience.ask(stream, question);
  for (const slice of await index.slices(stream)) {
    if (slice > sliceOf(now)) continue;
    const dues = await index.dueIn(stream, slice);
    for (const { key, time } of dues) {
      if (time > now) continue;
      const record = await records.getSurely(key);
      const [stored] = record === undefined ? [] : listed([record]);
      // An unreadable record may have this time.
      if (record !== undefined && !(stored && dueTimeOf(stored.download) !== time)) continue;
      const said = await ask(() => stream.lastMessage(dueName(key, time)));
      if (said !== null && said.storedAt <= now - tombstoneAgeMs)
        await ask(() => stream.remove(said.sequence));
    }
    if (dues.length > 0) continue;
    const said = await ask(() => stream.lastMessage(`slice.${slice}`));
    if (said !== null && said.storedAt <= now - EMPTY_SLICE_KEPT_MS)
      await ask(() => stream.remove(said.sequence));
  }
}
