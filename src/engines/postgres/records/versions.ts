/** @module Versions in SQL: increasing, also over a failover that loses writes. */

import type { Clock } from "../../../ports/clock.ts";
import { qualified } from "../schema/names.ts";

/** How versions are made. */
export interface VersionOptions {
  readonly schema: string;
  /** Whether the server tells its timeline. */
  readonly tellsTimeline: boolean;
}

/** Of the 53 bits of a number, which at a million writes a minute last for four years. */
const SEQUENCE_BITS = 41;
const MOST_TIMELINES = 2 ** 12 - 1;
const SALTS = 2 ** 12;

/**
 * The server's timeline, which every promotion increases, before the value of a sequence. A failover that loses writes
 * sets the sequence back, so it gives values a second time, for other contents; the timeline keeps the versions apart,
 * and those of later writes greater.
 */
const TIMELINE = "('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int";

/** The SQL for a version below all those of the current timeline, and above all of earlier ones. */
export const OLDEST_OF_TIMELINE = `(SELECT least(${TIMELINE}, ${MOST_TIMELINES})::bigint << ${SEQUENCE_BITS})`;

/** For one write; part of its version where the server does not tell its timeline. */
export function saltOf(clock: Pick<Clock, "random">): number {
  return Math.floor(clock.random() * SALTS);
}

/**
 * The SQL for a new version with this salt, or that of this version. It is greater than every earlier one; for a row, if
 * it is evaluated while the row is locked.
 */
export function nextVersion({ schema, tellsTimeline }: VersionOptions, salt: string): string {
  const value = `nextval('${qualified(schema, "version").replaceAll("'", "''")}')`;
  // Without a timeline, a version that was lost has this chance to be given again.
  return tellsTimeline ? `${OLDEST_OF_TIMELINE} + ${value}` : `${value} * ${SALTS} + ${salt} % ${SALTS}`;
}
