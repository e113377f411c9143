/** @module Repeating requests to NATS until they are answered, for as long as an election may take. */

import { errors } from "@nats-io/transport-node";
import { CarryoutError, ENDED, isCarryoutError, messageOf, UnavailableError } from "../../../errors.ts";
import type { Clock } from "../../../ports/clock.ts";
import { retry } from "../../../ports/retry.ts";
import type { NatsLink } from "../jetstream/connection.ts";
import { isConflict, isPassing } from "../jetstream/stream.ts";
import { fullReason } from "./file-errors.ts";
import type { Window } from "./window.ts";

/** Longer than an election of a new leader, 4 to 9 s. */
const PATIENCE_MS = 10_000;
/** While the connection is lost, waiting for an election makes no sense. */
const PATIENCE_CUT_OFF_MS = 3_000;
const SILENCE_MS = 1_000;
const PAUSES = { firstMs: 5, mostMs: 250 };

/** The requests of one store. After `close` each fails with `closed`. */
export class FilePatience {
  readonly #link: NatsLink;
  readonly #clock: Clock;
  readonly #closed = new AbortController();

  constructor(link: NatsLink, clock: Clock) {
    this.#link = link;
    this.#clock = clock;
  }

  /**
   * The result of `work`, retried after transient errors and after conflicts, so it has to be idempotent. With a window
   * it takes one of its slots while it runs; waiting for one does not count. Fails with `UnavailableError` on timeout.
   */
  run<Result>(doing: string, work: () => Promise<Result>, window?: Window): Promise<Result> {
    let since: number | null = null;
    const attempt = () => {
      since ??= this.#clock.monotonic();
      return this.#link.whileConnected(work);
    };
    const onFailure = (error: unknown) => {
      this.checkOpen();
      if (isCarryoutError(error)) throw error;
      const waitedMs = this.#clock.monotonic() - (since ?? 0);
      if (!mayPass(error) || waitedMs >= this.#limitMs()) throw unavailable(doing, error);
    };
    return retry(this.#clock, { ...PAUSES, signal: this.#closed.signal, onFailure }, () => {
      this.checkOpen();
      return window ? window.run(attempt) : attempt();
    });
  }

  /**
   * The answer to a request that may take long to send: fails with a `TimeoutError` if it does not arrive within a
   * second after the server has received the whole request. So it waits for a slow link, but not for a silent server.
   */
  async onceSent<Result>(request: Promise<Result>): Promise<Result> {
    const answered = new AbortController();
    const silence = async (): Promise<never> => {
      await this.#link.nats.flush();
      await this.#clock.sleep(SILENCE_MS, answered.signal);
      throw new errors.TimeoutError();
    };
    try {
      return await Promise.race([request, silence()]);
    } finally {
      answered.abort(ENDED);
    }
  }

  checkOpen(): void {
    if (this.#closed.signal.aborted || this.#link.closed)
      throw new CarryoutError("closed", "this file store is closed");
  }

  close(): void {
    this.#closed.abort(ENDED);
  }

  #limitMs(): number {
    const isCutOff = (this.#link.cutOffMs() ?? 0) >= PATIENCE_CUT_OFF_MS;
    return isCutOff ? PATIENCE_CUT_OFF_MS : PATIENCE_MS;
  }
}

function mayPass(error: unknown): boolean {
  return (isPassing(error) || isConflict(error)) && fullReason(error) === null;
}

function unavailable(doing: string, error: unknown): UnavailableError {
  const full = fullReason(error);
  const reason = full ?? messageOf(error);
  return new UnavailableError(`${doing}: ${reason}`, {
    details: { reason, isFull: full !== null },
    cause: error,
  });
}
