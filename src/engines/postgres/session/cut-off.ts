/** @module Whether connections have been lost for long enough to be told. */

import type { PostgresSession } from "./postgres-session.ts";

/** A reconnect after a server's death takes some milliseconds and does not count as trouble. */
const CUT_OFF_MS = 1_000;

/** In words, or null. */
export function cutOffTrouble(sessions: readonly Pick<PostgresSession, "cutOffMs">[]): string | null {
  const cutOffMs = Math.max(...sessions.map((session) => session.cutOffMs() ?? 0));
  if (cutOffMs <= CUT_OFF_MS) return null;
  return `this node has been disconnected from PostgreSQL for ${Math.round(cutOffMs / 1_000)} s`;
}
