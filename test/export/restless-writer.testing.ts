/** @module Writes to a database without a pause, while something else reads it. */

import { setImmediate } from "node:timers/promises";

export interface RestlessWriter {
  /** Resolves when there was a write after the call. */
  nextWrite(): Promise<void>;
  /** Rejects if a write failed. */
  stop(): Promise<void>;
}

/** Calls `write` again as soon as it is done. Ends by itself when one fails. */
export function writeUntilStopped(write: () => Promise<unknown>): RestlessWriter {
  let isStopped = false;
  let count = 0;
  const ended = (async () => {
    while (!isStopped) {
      await write();
      count += 1;
    }
  })();
  const end = () => {
    isStopped = true;
  };
  ended.catch(end);
  return {
    nextWrite: async () => {
      for (const seen = count; count === seen && !isStopped; ) await setImmediate();
    },
    stop: async () => {
      end();
      await ended;
    },
  };
}
