/** @module Ctrl-C and SIGTERM for commands that run until they are stopped. */

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Time for a clean shutdown, in addition to the grace period for running transfers. */
const ORDERLY_MS = 5_000;

/**
 * Exits with code 1 when a clean shutdown takes too long, for example while the engine is unavailable. Nothing is
 * lost: downloads that could not be handed over are taken over.
 */
export function endAfter(transfersMs: number): void {
  setTimeout(() => process.exit(1), transfersMs + ORDERLY_MS).unref();
}

/** Resolves at a stop signal or when `end` settles, whichever comes first; rejects if `end` does. */
export async function untilStopped(end: Promise<unknown> | null = null): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const stop = () => resolve();
  for (const signal of SIGNALS) process.on(signal, stop);
  // A pending promise does not keep the process alive, nor may the sockets that a watcher waits for.
  const alive = setInterval(() => {}, 1 << 30);
  try {
    await Promise.race(end === null ? [promise] : [promise, end]);
  } finally {
    clearInterval(alive);
    for (const signal of SIGNALS) process.off(signal, stop);
  }
}
