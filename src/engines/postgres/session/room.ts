/** @module Whether the server has found no room for what it was sent, by its own words: its disk can't be looked at. */

import { messageOf } from "../../../errors.ts";
import type { Clock } from "../../../ports/clock.ts";
import type { Log } from "../../../telemetry/log.ts";
import { isDiskFull } from "./postgres-errors.ts";

/** How long a refusal is remembered. Then the next write finds out whether there is room again. */
const REFUSED_MS = 5_000;
const TELL_AGAIN_MS = 60_000;

export class Room {
  readonly #clock: Pick<Clock, "monotonic">;
  readonly #log: Pick<Log, "error">;
  #refused = { at: Number.NEGATIVE_INFINITY, reason: "" };
  #toldAt = Number.NEGATIVE_INFINITY;

  constructor(clock: Pick<Clock, "monotonic">, log: Pick<Log, "error">) {
    this.#clock = clock;
    this.#log = log;
  }

  /** Call with every error of a statement. */
  note(error: unknown): void {
    if (!isDiskFull(error)) return;
    const at = this.#clock.monotonic();
    this.#refused = { at, reason: messageOf(error) };
    if (at - this.#toldAt < TELL_AGAIN_MS) return;
    this.#toldAt = at;
    this.#log.error({ reason: this.#refused.reason }, "PostgreSQL's disk is full; free some space");
  }

  /** Why nothing new should be accepted, or null. */
  shortage(): string | null {
    const { at, reason } = this.#refused;
    return this.#clock.monotonic() - at < REFUSED_MS ? `PostgreSQL's disk is full: ${reason}` : null;
  }
}
