/** @module Why a worker stops, known to all its parts at once. */

import { CarryoutError, ENDED } from "../errors.ts";

/** `superseded`: another node holds the download. `removed`: its user removed it. */
export type Stop = "drain" | "superseded" | "removed";

export class Stopping {
  readonly #controller = new AbortController();
  readonly #stopped = Promise.withResolvers<void>();
  #reason: Stop | null = null;

  /** The first reason given; null while it goes on. */
  get reason(): Stop | null {
    return this.#reason;
  }

  /** Aborted once the run must not go on. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Ends the run. Without a reason, the attempt has ended by itself. */
  stop(reason: Stop | null): void {
    this.#reason ??= reason;
    this.#controller.abort(ENDED);
    this.#stopped.resolve();
  }

  /** Gives the reason for an attempt that has ended already. */
  because(reason: Stop): void {
    this.#reason ??= reason;
  }

  throwIfStopped(): void {
    if (this.#reason) throw new CarryoutError("aborted", "generation was stopped");
  }

  /** Resolves once the run must not go on. */
  get stopped(): Promise<void> {
    return this.#stopped.promise;
  }
}
