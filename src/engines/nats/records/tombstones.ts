/** @module Sweeps the tombstones that removals leave behind, one message per formerly used slot. */

import type { Clock } from "../../../ports/clock.ts";
import { jittered } from "../../../ports/retry.ts";
import type { Log } from "../../../telemetry/log.ts";
import { isConflict } from "../jetstream/stream.ts";
import { type Floor, floorOf, headersOf } from "./record-entry.ts";
import type { RecordPatience } from "./record-patience.ts";
import type { RecordStream } from "./record-stream.ts";
import { FLOOR } from "./record-subjects.ts";

const MOST_LOOKS = 20;
const BETWEEN_LOOKS_MS = 100;

export interface TombstoneOptions {
  clock: Clock;
  log: Log;
  patience: RecordPatience;
  /** How long a tombstone is kept, in milliseconds, for watchers that have not seen the removal yet. */
  tombstoneAgeMs: number;
}

/**
 * Removes the old tombstones of a stream, and returns how many. It first records in the stream up to which sequence
 * some may be gone, so that a watcher that missed them starts over. Several nodes may try at once: only one can record
 * this. After a crash midway the next run continues where the last complete one ended. Errors: `unavailable`, `closed`.
 */
export async function sweepStream(stream: RecordStream, options: TombstoneOptions): Promise<number> {
  const { patience, log } = options;
  if (!(await areReplicasCurrent(stream, options))) {
    // A replica that comes back with a record, and never learns of its removal, could still return it.
    log.debug({ stream: stream.name }, "keeping tombstones while a replica lags behind");
    return 0;
  }
  const message = await patience.ask(stream, () => stream.lastMessage(FLOOR));
  const before = message === null ? { floor: 0, swept: 0 } : floorOf(message.data);
  const { tombstones, scanned } = await findTombstones(stream, before.swept, options);
  const expected = message?.sequence ?? 0;
  if (scanned === before.swept) return 0;
  if (tombstones.length === 0) {
    await say(stream, { floor: before.floor, swept: scanned }, { ...options, expected });
    return 0;
  }
  // Never lower than before: an interrupted run may have recorded more than is found now.
  const floor = Math.max(before.floor, tombstones.at(-1)!);
  const said = await say(stream, { floor, swept: before.swept }, { ...options, expected });
  if (said === null) return 0;
  for (const sequence of tombstones) await patience.ask(stream, () => stream.remove(sequence));
  await say(stream, { floor, swept: scanned }, { ...options, expected: said });
  return tombstones.length;
}

/** When the stream was last swept by any node, milliseconds since the epoch; 0 if never. */
export async function lastSweptAt(stream: RecordStream, patience: RecordPatience): Promise<number> {
  return (await patience.ask(stream, () => stream.lastMessage(FLOOR)))?.storedAt ?? 0;
}

/** Records that a stream without tombstones of its own was swept: see `lastSweptAt`. */
export async function noteSweep(stream: RecordStream, { clock, patience }: TombstoneOptions): Promise<void> {
  const headers = headersOf(clock.id(), FLOOR);
  await patience.ask(stream, () => stream.publish(FLOOR, "{}", { headers }));
}

/** The old enough tombstones after a sequence, and up to which sequence the search went. */
async function findTombstones(
  stream: RecordStream,
  after: number,
  { clock, patience, tombstoneAgeMs }: TombstoneOptions,
): Promise<{ tombstones: number[]; scanned: number }> {
  const youngest = clock.now() - tombstoneAgeMs;
  const wait = patience.begin(stream);
  const tombstones: number[] = [];
  let scanned = after;
  const scan = async () => {
    for await (const entries of stream.from(scanned + 1)) {
      for (const { sequence, storedAt, key, text } of entries) {
        if (storedAt > youngest) return;
        scanned = sequence;
        if (key !== null && text === null) tombstones.push(sequence);
      }
    }
  };
  await patience.ask(stream, scan, wait);
  return { tombstones, scanned };
}

/** The sequence of the recorded floor, or null if another node recorded one meanwhile. */
async function say(
  stream: RecordStream,
  floor: Floor,
  { clock, patience, expected }: TombstoneOptions & { expected: number },
): Promise<number | null> {
  const headers = headersOf(clock.id(), FLOOR);
  const publish = async () => {
    try {
      return await stream.publish(FLOOR, JSON.stringify(floor), { expected, headers });
    } catch (error) {
      if (isConflict(error)) return null;
      throw error;
    }
  };
  return await patience.ask(stream, publish);
}

/**
 * False while a replica lags behind. Retries for a while: in a stream with writes, replicas lag behind by some messages
 * most of the time.
 */
export async function areReplicasCurrent(
  stream: RecordStream,
  { patience, clock }: TombstoneOptions,
): Promise<boolean> {
  for (let looks = 0; looks < MOST_LOOKS; looks += 1) {
    if (looks > 0) await clock.sleep(jittered(clock, BETWEEN_LOOKS_MS));
    const { cluster } = await patience.ask(stream, () => stream.info());
    const replicas = cluster?.replicas ?? [];
    if (replicas.every(({ current, offline, lag }) => current && !offline && !lag)) return true;
  }
  return false;
}
