/** @module Versions in SQL: increasing, and different after a failover. */

import type { Clock } from "../../../ports/clock.ts";
import { qualified } from "../schema/names.ts";

/** How versions are made. */
export interface VersionOptions {
  readonly schema: string;
  /** Whether the server tells its timeline. */
  readonly tellsTimeline: boolean;
}

/**
 * A version is the next value of a sequence, and after it 12 more bits. A failover that loses writes sets the sequence
 * back, so it gives values a second time, for other contents; a node that still knows a lost version must not pass for
 * one that knows the new content. So the bits hold six of the server's timeline, which a failover increases, and six
 * random ones, for two standbys that were promoted side by side to the same timeline. If the server does not tell its
 * timeline, all are random. Of 53 bits that a number holds exactly, 41 are left for the sequence.
 */
const MORE = 4096;
const OF_EACH = 64;

const TIMELINE = "('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int";

/** For one write; part of its version. */
export function saltOf(clock: Pick<Clock, "random">): number {
  return Math.floor(clock.random() * MORE);
}

/**
 * The SQL for a new version with this salt, or the salt of this version. It is greater than every earlier one; for a row,
 * if it is evaluated while the row is locked.
 */
export function nextVersion({ schema, tellsTimeline }: VersionOptions, salt: string): string {
  const value = `nextval('${qualified(schema, "version").replaceAll("'", "''")}') * ${MORE}`;
  if (!tellsTimeline) return `${value} + ${salt} % ${MORE}`;
  // As a query of its own it is evaluated once per statement.
  return `${value} + (SELECT ${TIMELINE}) % ${OF_EACH} * ${OF_EACH} + ${salt} % ${OF_EACH}`;
}
