/** @module Ctrl-C and SIGTERM for commands that run until somebody stops them. */

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

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
