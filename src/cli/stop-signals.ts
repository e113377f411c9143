/** @module Ctrl-C and SIGTERM for commands that run until they are stopped. */

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** What a node may take to end in order, beside what it gives running transfers. */
const ORDERLY_MS = 5_000;

/**
 * Ends this process with exit code 1 when an orderly end takes too long: the engine may be away. Nothing is lost: what
 * could not be handed over is taken over.
 */
export function endAfter(transfersMs: number): void {
  setTimeout(() => process.exit(1), transfersMs + ORDERLY_MS).unref();
}

/** Resolves at a stop signal, or when the given end comes, whichever is first; rejects as the end does. */
export async function untilStopped(end: Promise<unknown> | null = null): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const stop = () => resolve();
  for (const signal of SIGNALS) process.on(signal, stop);
  // A pending promise keeps no process alive, and a watcher may wait for sockets that do not either.
  const alive = setInterval(() => {}, 1 << 30);
  try {
    await Promise.race(end === null ? [promise] : [promise, end]);
  } finally {
    clearInterval(alive);
    for (const signal of SIGNALS) process.off(signal, stop);
  }
}
