/** @module Reads rows as the driver of an export does, with crashes at random points. */

import type { Json } from "../../download/json.ts";
import type { Batch, Rows } from "../rows.ts";

export interface CrashingReader<Params> {
  readonly params: Params;
  /** Chance of a crash after each batch. */
  readonly crash: number;
  readonly random: () => number;
  /** Called during each batch: changes the data meanwhile. */
  readonly meanwhile?: () => Promise<void> | void;
  readonly onAttempt?: () => Promise<void> | void;
}

export interface Read<R> {
  /** The content of the file at the end. */
  readonly rows: R[];
  readonly attempts: number;
}

/**
 * Checkpoints are kept after half of the batches. A crash loses everything after the last one, except for its cursor as
 * JSON. Half of the crashes abort the signal first.
 */
export async function readWithCrashes<R, Params, Cursor extends Json>(
  rows: Rows<R, Params, Cursor>,
  { params, crash, random, meanwhile, onAttempt }: CrashingReader<Params>,
): Promise<Read<R>> {
  const durable: R[] = [];
  let cursor: string | null = null;
  for (let attempts = 1; ; attempts += 1) {
    await onAttempt?.();
    const controller = new AbortController();
    const after: Cursor | undefined = cursor === null ? undefined : JSON.parse(cursor);
    let written: R[] = [];
    let isDead = false;
    try {
      for await (const batch of rows({ after, params, signal: controller.signal })) {
        written.push(...batch.rows);
        await meanwhile?.();
        if (random() < 0.5) {
          durable.push(...written);
          written = [];
          cursor = JSON.stringify(batch.cursor);
        }
        isDead = random() < crash;
        if (!isDead) continue;
        if (random() < 0.5) controller.abort(new Error("the node is gone"));
        break;
      }
    } catch (error) {
      // A closed source may still report that it was aborted.
      if (error !== controller.signal.reason) throw error;
    }
    if (!isDead) return { rows: [...durable, ...written], attempts };
  }
}

/** All rows, without a crash. */
export async function readAll<R, Params, Cursor extends Json>(
  rows: Rows<R, Params, Cursor>,
  params: Params,
  after?: Cursor,
): Promise<Batch<R, Cursor>[]> {
  const batches: Batch<R, Cursor>[] = [];
  const { signal } = new AbortController();
  for await (const batch of rows({ after, params, signal })) batches.push(batch);
  return batches;
}
