/** @module What was refused because a limit was reached: counted for the metrics, told in the log. */

import type { Clock } from "../ports/clock.ts";
import type { Log } from "../telemetry/log.ts";
import { createSeldomLog, type TellSeldom } from "./seldom-log.ts";

/** Limits bear the names of their settings. */
export class Refusals {
  readonly #counts = new Map<string, number>();
  readonly #tell: TellSeldom;

  constructor(log: Log, clock: Clock) {
    this.#tell = createSeldomLog(log, clock);
  }

  /**
   * One more. However many there are, the log has a line for each limit every ten seconds at most. `hint` says what
   * the operator may have forgotten.
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
