/** @module A generator whose calls are watched: how much it writes, and whether its progress makes sense. */

import type { Generator } from "./generator.ts";

export interface Watch {
  /** Called before each write. */
  onWrite(): void;
  /** The first call of `progress` that makes no sense, as text. */
  badProgress: string | null;
}

/** Every checkpoint that it offers is saved. */
export function watched(generator: Generator<unknown>, watch: Watch): Generator<unknown> {
  return {
    ...generator,
    checkpointMs: 0,
    run(generation) {
      let lastTotal: unknown = null;
      return generator.run({
        ...generation,
        write(chunk) {
          watch.onWrite();
          return generation.write(chunk);
        },
        progress(done, total, message) {
          if (total !== undefined) lastTotal = total;
          watch.badProgress ??= complaint(done, lastTotal);
          generation.progress(done, total, message);
        },
      });
    },
  };
}

/** What is wrong with it, although `progress` itself takes anything. */
function complaint(done: unknown, total: unknown): string | null {
  const call = `progress(${String(done)}, ${String(total)})`;
  if (!isCount(done)) return `${call}: done must be a number from 0 to 2^53 - 1`;
  if (total === null) return null;
  if (!isCount(total)) return `${call}: total must be a number from 0 to 2^53 - 1, or null`;
  return Number(done) > Number(total) ? `${call}: done must be at most total` : null;
}

function isCount(value: unknown): boolean {
  const isNumber = typeof value === "number" || typeof value === "bigint";
  return isNumber && Number(value) >= 0 && Number(value) <= Number.MAX_SAFE_INTEGER;
}
