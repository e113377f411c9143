/** @module Waiting that an abort ends. */

/** Settles as the work does, or rejects with the signal's reason when that aborts first; the work's result is then dropped. */
export async function orAbort<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", abort);
    // It may still fail, with nobody left to hear it.
    work.catch(() => {});
    aborted.promise.catch(() => {});
  }
}
