/** @module Repeating requests to NATS until they are answered, for as long as an election may take. */

import { errors } from "@nats-io/transport-node";
import type { Clock } from "../clock/clock.ts";
import { CarryoutError, messageOf, UnavailableError } from "../errors.ts";
import type { NatsLink } from "../nats/connection.ts";
import { isConflict, isPassing } from "../nats/stream.ts";
import { fullReason } from "./nats-errors.ts";
import type { Window } from "./nats-window.ts";

/** Longer than an election of a new leader, 4 to 9 s. */
const PATIENCE_MS = 10_000;
/** While the connection is lost nobody elects anything for us. */
const PATIENCE_CUT_OFF_MS = 3_000;
const SHORTEST_PAUSE_MS = 5;
const LONGEST_PAUSE_MS = 250;

/** The requests of one store. After `close` each fails with `closed`. */
export class Patience {
  readonly #link: NatsLink;
  readonly #clock: Clock;
  readonly #closed = new AbortController();

  constructor(link: NatsLink, clock: Clock) {
    this.#link = link;
    this.#clock = clock;
  }

  /**
   * The result of `work`, repeated after errors that may pass and after conflicts, so it has to be idempotent. With
   * a window it takes one of its places while it runs. Fails with `UnavailableError` when the patience is over.
   */
  async run<Result>(doing: string, work: () => Promise<Result>, window?: Window): Promise<Result> {
    const since = this.#clock.monotonic();
    for (let pauseMs = SHORTEST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
      this.checkOpen();
      try {
        const attempt = () => this.#whileConnected(work);
        return await (window ? window.run(attempt) : attempt());
      } catch (error) {
        this.checkOpen();
        if (error instanceof CarryoutError) throw error;
        const waitedMs = this.#clock.monotonic() - since;
        const limitMs = this.#link.cutOffMs() === null ? PATIENCE_MS : PATIENCE_CUT_OFF_MS;
        if (!mayPass(error) || waitedMs >= limitMs) throw unavailable(doing, error);
      }
      await this.pause(pauseMs * (0.5 + this.#clock.random()));
    }
  }

  /** Ends early when the store is closed. */
  async pause(ms: number): Promise<void> {
    await this.#clock.sleep(ms, this.#closed.signal);
  }

  checkOpen(): void {
    if (this.#closed.signal.aborted) throw new CarryoutError("closed", "this file store is closed");
  }

  close(): void {
    this.#closed.abort();
  }

  /** A request whose connection is lost is never answered: it fails at once, and none is made meanwhile. */
  async #whileConnected<Result>(work: () => Promise<Result>): Promise<Result> {
    this.checkOpen();
    if (this.#link.cutOffMs() !== null) throw new errors.ConnectionError("cut off");
    const lost = Promise.withResolvers<never>();
    const stop = this.#link.onLost(() => lost.reject(new errors.ConnectionError("cut off")));
    try {
      return await Promise.race([work(), lost.promise]);
    } finally {
      stop();
    }
  }
}

function mayPass(error: unknown): boolean {
  return (isPassing(error) || isConflict(error)) && fullReason(error) === null;
}

function unavailable(doing: string, error: unknown): UnavailableError {
  const reason = fullReason(error) ?? messageOf(error);
  return new UnavailableError(`${doing}: ${reason}`, { details: { reason }, cause: error });
}
