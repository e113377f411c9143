/** @module Stores a part, retrying as long as the store is unavailable. */

import { CarryoutError, isCarryoutError } from "../errors.ts";
import type { Clock } from "../ports/clock.ts";
import type { FileStore } from "../ports/file-store.ts";
import { retry } from "../ports/retry.ts";
import type { Log } from "../telemetry/log.ts";

const PAUSES = { firstMs: 50, mostMs: 2_000 };
/** A full disk may stay full for hours: each waiting part logs it once at first, and then this often. */
const TELL_EVERY_MS = 60_000;

/**
 * Puts the part; retries, seconds apart, as long as the store is unavailable. Rejects with code `aborted` once the
 * signal aborts, so that an abandoned part is not retried.
 */
export async function storePart(
  { files, clock, log }: { files: FileStore; clock: Clock; log: Log },
  key: string,
  bytes: Uint8Array,
  sha256: string,
  signal: AbortSignal,
): Promise<void> {
  let toldAt: number | null = null;
  const onFailure = (error: unknown) => {
    if (!isCarryoutError(error, "unavailable")) throw error;
    if (toldAt !== null && clock.monotonic() - toldAt < TELL_EVERY_MS) return;
    toldAt = clock.monotonic();
    log.warn({ reason: error.message }, "part could not be stored; retrying");
  };
  await retry(clock, { ...PAUSES, signal, onFailure }, () => {
    if (signal.aborted) throw new CarryoutError("aborted", "generation was stopped");
    return files.put(key, bytes, sha256);
  });
  if (toldAt !== null) log.info({}, "storage available again");
}
