/** @module Commands to one node: repeated until the node acknowledges it. */

import type { Clock } from "./clock.ts";
import type { Command } from "./membership.ts";

/** Longest wait for the answer to one attempt, and the shortest time between two. */
const AGAIN_MS = 250;
/** A node that has not answered within this time is frozen, cut off or gone. */
const PATIENCE_MS = 3_000;

/**
 * True as soon as one attempt, which must not reject, was answered. `slowestMs` is how long a command may take to be
 * noticed by a node that is well.
 */
export async function askUntilHeard(
  clock: Pick<Clock, "monotonic" | "sleep">,
  attempt: (timeoutMs: number) => Promise<boolean>,
  slowestMs = 0,
): Promise<boolean> {
  const until = clock.monotonic() + PATIENCE_MS + slowestMs;
  for (;;) {
    const beganAt = clock.monotonic();
    if (await attempt(AGAIN_MS)) return true;
    if (clock.monotonic() + AGAIN_MS > until) return false;
    await clock.sleep(Math.max(0, beganAt + AGAIN_MS - clock.monotonic()));
  }
}

/** Null for an invalid command, as a process of another version might send. */
export function readCommand(value: unknown): Command | null {
  return value === "drain" ? value : null;
}
