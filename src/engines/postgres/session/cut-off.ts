/** @module Whether connections have been lost for long enough to be told. */

import type { PostgresSession } from "./postgres-session.ts";

/** A reconnect after a server's death takes some milliseconds and does not count as trouble. */
const CUT_OFF_MS = 1_000;

/** In words, with the reason of the last attempt to reconnect, or null. */
export function cutOffTrouble(
  sessions: readonly Pick<PostgresSession, "cutOffMs" | "cutOffReason">[],
): string | null {
  let longest: { cutOffMs: number; reason: string | null } = { cutOffMs: 0, reason: null };
  for (const session of sessions) {
    const cutOffMs = session.cutOffMs() ?? 0;
    if (cutOffMs > longest.cutOffMs) longest = { cutOffMs, reason: session.cutOffReason() };
  }
  const { cutOffMs, reason } = longest;
  if (cutOffMs <= CUT_OFF_MS) return null;
  const forHowLong = `this node has been disconnected from PostgreSQL for ${Math.round(cutOffMs / 1_000)} s`;
  return reason === null ? forHowLong : `${forHowLong}: ${reason}`;
}
