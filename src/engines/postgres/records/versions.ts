/** @module Versions in SQL: increasing, and with random bits. */

import type { Clock } from "../../../ports/clock.ts";
import { qualified } from "../schema/names.ts";

/**
 * A version is the next value of a sequence, and after it 12 random bits. A failover that loses writes sets the sequence
 * back, so it gives values a second time, for other contents; a node that still knows a lost version must not pass for
 * one that knows the new content. Of 53 bits that a number holds exactly, 41 are left for the sequence.
 */
const SALTS = 4096;

/** For one write; part of its version. */
export function saltOf(clock: Pick<Clock, "random">): number {
  return Math.floor(clock.random() * SALTS);
}

/** The SQL for a new version with this salt, which is greater than every earlier one. */
export function nextVersion(schema: string, salt: string): string {
  return `nextval('${qualified(schema, "version").replaceAll("'", "''")}') * ${SALTS} + ${salt}`;
}
