/** @module How long a call to NATS retries before it fails as unavailable. */

import { CarryoutError, isCarryoutError, messageOf, UnavailableError } from "../../../errors.ts";
import type { Clock } from "../../../ports/clock.ts";
import { Pauses } from "../../../ports/retry.ts";
import type { NatsLink } from "../jetstream/connection.ts";
import { isPassing } from "../jetstream/stream.ts";
import type { RecordStream } from "./record-stream.ts";

/** A stream whose leader died has a new one after 4 to 9 s. */
const LIMIT_MS = 10_000;
/** Reconnecting takes milliseconds; without a connection or a leader for this long, the call should fail soon. */
const LEAST_MS = 3_000;
const PAUSES = { firstMs: 10, mostMs: 250 };

export interface RecordPatienceOptions {
  link: NatsLink;
  clock: Clock;
  /** Ends every wait: the repo is closed. */
  closing: AbortSignal;
}

/** What is waiting for answers, including other calls, and for how long. */
export type Answering = Pick<RecordStream, "silentMs">;

/**
 * A call waits 10 s for an answer, counted from the first unanswered request of any call to the stream's leader, but
 * at least 3 s; also 3 s while cut off for that long. It tries whenever it is connected during that time.
 */
export class RecordPatience {
  readonly #options: RecordPatienceOptions;

  constructor(options: RecordPatienceOptions) {
    this.#options = options;
  }

  /** Starts a wait for answers of this stream's leader. */
  begin(stream: Answering): RecordWait {
    return new RecordWait(this.#options, stream);
  }

  /** The stream's answer to a repeatable request. Errors: `unavailable`, `closed`, `store-unusable`. */
  async ask<Answer>(
    stream: Answering,
    question: () => Promise<Answer>,
    wait: RecordWait = this.begin(stream),
  ): Promise<Answer> {
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

/** Made by `RecordPatience`. */
export class RecordWait {
  readonly #options: RecordPatienceOptions;
  readonly #stream: Answering;
  readonly #since: number;
  readonly #pauses: Pauses;

  constructor(options: RecordPatienceOptions, stream: Answering) {
    this.#options = options;
    this.#stream = stream;
    this.#since = options.clock.monotonic();
    this.#pauses = new Pauses(options.clock, PAUSES);
  }

  /** Waits until the connection is up: anything sent before would arrive later, after its caller gave up. */
  async connected(): Promise<void> {
    const { link } = this.#options;
    this.#checkOpen();
    for (let cutOffMs = link.cutOffMs(); cutOffMs !== null; cutOffMs = link.cutOffMs())
      await this.#pauseWithin(cutOffMs >= LEAST_MS ? LEAST_MS : LIMIT_MS, "disconnected from NATS");
  }

  /** Waits a moment between attempts. Errors: `unavailable` if it has taken too long, `closed`. */
  async pause(reason: unknown): Promise<void> {
    const isLong = this.#stream.silentMs >= LIMIT_MS || (this.#options.link.cutOffMs() ?? 0) >= LEAST_MS;
    await this.#pauseWithin(isLong ? LEAST_MS : LIMIT_MS, reason);
  }

  async #pauseWithin(limitMs: number, reason: unknown): Promise<void> {
    this.#checkOpen();
    const { clock, closing } = this.#options;
    if (clock.monotonic() - this.#since >= limitMs) {
      throw new UnavailableError(`NATS does not respond: ${messageOf(reason)}`, {
        cause: reason instanceof Error ? reason : undefined,
      });
    }
    await this.#pauses.pass(closing);
    this.#checkOpen();
  }

  #checkOpen(): void {
    const { closing, link } = this.#options;
    if (closing.aborted || link.closed) throw new CarryoutError("closed", "this repo is closed");
  }
}

/** An error for which retrying is pointless. */
export function translated(error: unknown): CarryoutError {
  if (isCarryoutError(error)) return error;
  return new CarryoutError("store-unusable", `NATS refused: ${messageOf(error)}`, { cause: error });
}
