/** @module How long a call to PostgreSQL is repeated before it fails as unavailable. */

import { CarryoutError, messageOf, UnavailableError } from "../../../errors.ts";
import type { Clock } from "../../../ports/clock.ts";
import { Pauses } from "../../../ports/retry.ts";
import { kindOf, translated } from "./postgres-errors.ts";
import type { PostgresSession } from "./postgres-session.ts";

/** A crashed server is back, or its standby promoted, after some seconds. */
const LIMIT_MS = 10_000;
/** If it has been away for this long, a call waits no longer than this. */
const LEAST_MS = 3_000;
const PAUSES = { firstMs: 10, mostMs: 250 };

export interface PatienceOptions {
  clock: Clock;
  /** Ends every wait: the repo is closed. */
  closing: AbortSignal;
}

type Asked = Pick<PostgresSession, "cutOffMs" | "connected">;

/** Until when a call that begins now is tried: 10 s; 3 s if its connection has been lost for that long. */
export function limitOf(session: Pick<PostgresSession, "cutOffMs">, clock: Pick<Clock, "monotonic">): number {
  return clock.monotonic() + ((session.cutOffMs() ?? 0) >= LEAST_MS ? LEAST_MS : LIMIT_MS);
}

/** See `limitOf`. */
export class Patience {
  readonly #options: PatienceOptions;

  constructor(options: PatienceOptions) {
    this.#options = options;
  }

  /** The answer to a repeatable statement. Errors: `unavailable`, `closed`, `store-unusable`. */
  async ask<Answer>(session: Asked, question: () => Promise<Answer>): Promise<Answer> {
    const wait = new Wait(this.#options, session);
    for (;;) {
      await wait.connected();
      try {
        return await question();
      } catch (error) {
        await wait.pause(error);
      }
    }
  }
}

/** The time that one call has. */
class Wait {
  readonly #options: PatienceOptions;
  readonly #session: Asked;
  readonly #until: number;
  readonly #pauses: Pauses;

  constructor(options: PatienceOptions, session: Asked) {
    this.#options = options;
    this.#session = session;
    this.#until = limitOf(session, options.clock);
    this.#pauses = new Pauses(options.clock, PAUSES);
  }

  /** Waits until the connection stands. Errors: as `pause`. */
  async connected(): Promise<void> {
    this.#checkOpen();
    while (this.#session.cutOffMs() !== null) {
      const { clock, closing } = this.#options;
      const leftMs = this.#leftMs();
      if (leftMs <= 0) throw unavailable("disconnected");
      const over = new AbortController();
      const end = AbortSignal.any([over.signal, closing]);
      await Promise.race([clock.sleep(leftMs, end), this.#session.connected(end)]);
      over.abort();
      this.#checkOpen();
    }
  }

  /** Waits a moment after this error, if a repetition may help. Errors: `unavailable`, `closed`, `store-unusable`. */
  async pause(error: unknown): Promise<void> {
    this.#checkOpen();
    if (kindOf(error) !== "again") throw translated(error);
    if (this.#leftMs() <= 0) throw unavailable(error);
    await this.#pauses.pass(this.#options.closing);
    this.#checkOpen();
  }

  #leftMs(): number {
    return this.#until - this.#options.clock.monotonic();
  }

  #checkOpen(): void {
    if (this.#options.closing.aborted) throw new CarryoutError("closed", "this repo is closed");
  }
}

export function unavailable(reason: unknown): UnavailableError {
  const cause = reason instanceof Error ? { cause: reason } : {};
  return new UnavailableError(`PostgreSQL does not respond: ${messageOf(reason)}`, cause);
}
