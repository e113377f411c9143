/** @module Counts and logs requests that were refused because a limit was reached. */

import type { Clock } from "../ports/clock.ts";
import type { Log } from "../telemetry/log.ts";
import { createSeldomLog, type TellSeldom } from "./seldom-log.ts";

/** Limits have the names of their settings. */
export class Refusals {
  readonly #counts = new Map<string, number>();
  readonly #tell: TellSeldom;

  constructor(log: Log, clock: Clock) {
    this.#tell = createSeldomLog(log, clock);
  }

  /**
   * Counts one more. However many there are, each limit is logged at most every ten seconds. `hint` tells the operator
   * a likely cause.
   */
  add(limit: string, address: string | null, hint?: string): void {
    this.#counts.set(limit, (this.#counts.get(limit) ?? 0) + 1);
    const fields = { limit, address, ...(hint !== undefined && { hint }) };
    this.#tell(limit, fields, `refused: ${limit} reached`, "warn");
  }

  counts(): Iterable<[limit: string, count: number]> {
    return this.#counts;
  }
}
