/** @module Waits that end on abort. */

/**
 * Settles like the work, or rejects with the signal's reason when that aborts first; the work's result is then dropped.
 */
export async function orAbort<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", abort);
    // It may still fail, which is of no interest any more.
    work.catch(() => {});
    aborted.promise.catch(() => {});
  }
}
