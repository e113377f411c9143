/** @module How long a call to NATS goes on trying before it fails as unavailable. */

import type { Clock } from "../clock/clock.ts";
import { CarryoutError, messageOf, UnavailableError } from "../errors.ts";
import type { NatsLink } from "../nats/connection.ts";
import { isPassing } from "../nats/stream.ts";

/** A stream whose leader died has a new one after 4 to 9 s. */
const LIMIT_MS = 10_000;
/** A connection to another server takes milliseconds; without any, the caller's user had better be told soon. */
const CUT_OFF_LIMIT_MS = 3_000;
const SHORTEST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 250;

export interface NatsPatienceOptions {
  link: NatsLink;
  clock: Clock;
  /** Ends every wait: the repo is closed. */
  closing: AbortSignal;
}

export class NatsPatience {
  readonly #options: NatsPatienceOptions;

  constructor(options: NatsPatienceOptions) {
    this.#options = options;
  }

  /** A wait that has just begun. */
  begin(): NatsWait {
    return new NatsWait(this.#options);
  }

  /** The answer to a question that may be asked again. Errors: `unavailable`, `closed`, `store-unusable`. */
  async ask<Answer>(question: () => Promise<Answer>, wait: NatsWait = this.begin()): Promise<Answer> {
    for (;;) {
      await wait.connected();
      try {
        return await question();
      } catch (error) {
        if (!isPassing(error)) throw translated(error);
        await wait.pause(error);
      }
    }
  }
}

/** Made by `NatsPatience`. */
export class NatsWait {
  readonly #options: NatsPatienceOptions;
  readonly #since: number;
  #pauseMs = SHORTEST_PAUSE_MS;

  constructor(options: NatsPatienceOptions) {
    this.#options = options;
    this.#since = options.clock.monotonic();
  }

  /** Waits until the connection stands: what is sent before would be sent later, when nobody waits for it any more. */
  async connected(): Promise<void> {
    this.#checkOpen();
    while (this.#options.link.cutOffMs() !== null) await this.pause("cut off from NATS");
  }

  /** Waits a moment before the next try. Errors: `unavailable` when it has been too long, `closed`. */
  async pause(reason: unknown): Promise<void> {
    this.#checkOpen();
    const { clock, closing } = this.#options;
    if (this.#isOver()) {
      throw new UnavailableError(`NATS does not answer: ${messageOf(reason)}`, {
        cause: reason instanceof Error ? reason : undefined,
      });
    }
    // Random, or callers that were in each other's way would meet again and again.
    await clock.sleep(this.#pauseMs * (0.5 + clock.random()), closing);
    this.#pauseMs = Math.min(this.#pauseMs * 2, LONGEST_PAUSE_MS);
    this.#checkOpen();
  }

  #isOver(): boolean {
    const { clock, link } = this.#options;
    const waitedMs = clock.monotonic() - this.#since;
    const isCutOff = (link.cutOffMs() ?? 0) >= CUT_OFF_LIMIT_MS;
    return waitedMs >= (isCutOff ? CUT_OFF_LIMIT_MS : LIMIT_MS);
  }

  #checkOpen(): void {
    const { closing, link } = this.#options;
    if (closing.aborted || link.closed) throw new CarryoutError("closed", "this repo is closed");
  }
}

/** An error that trying again does not help against. */
export function translated(error: unknown): CarryoutError {
  if (error instanceof CarryoutError) return error;
  return new CarryoutError("store-unusable", `NATS refused: ${messageOf(error)}`, { cause: error });
}
