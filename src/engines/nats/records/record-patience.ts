/** @module How long a call to NATS goes on trying before it fails as unavailable. */

import { CarryoutError, isCarryoutError, messageOf, UnavailableError } from "../../../errors.ts";
import type { Clock } from "../../../ports/clock.ts";
import { Pauses } from "../../../ports/retry.ts";
import type { NatsLink } from "../jetstream/connection.ts";
import { isPassing } from "../jetstream/stream.ts";
import type { RecordStream } from "./record-stream.ts";

/** A stream whose leader died has a new one after 4 to 9 s. */
const LIMIT_MS = 10_000;
/** Without a connection, which takes milliseconds, or a leader for that long, the caller's user had better be told soon. */
const LEAST_MS = 3_000;
const PAUSES = { firstMs: 10, mostMs: 250 };

export interface RecordPatienceOptions {
  link: NatsLink;
  clock: Clock;
  /** Ends every wait: the repo is closed. */
  closing: AbortSignal;
}

/** What waits for answers, not only for this call, and for how long. */
export type Answering = Pick<RecordStream, "silentMs">;

/**
 * A call waits 10 s for an answer, counted from when its stream's leader began to owe one to anybody here, but 3 s in
 * any case; 3 s too while cut off for that long. Whenever it was connected in that time it has tried.
 */
export class RecordPatience {
  readonly #options: RecordPatienceOptions;

  constructor(options: RecordPatienceOptions) {
    this.#options = options;
  }

  /** A wait that has just begun, for answers of this stream's leader. */
  begin(stream: Answering): RecordWait {
    return new RecordWait(this.#options, stream);
  }

  /** The stream's answer to a question that may be asked again. Errors: `unavailable`, `closed`, `store-unusable`. */
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

  /** Waits until the connection stands: anything sent before would arrive later, after its caller gave up. */
  async connected(): Promise<void> {
    const { link } = this.#options;
    this.#checkOpen();
    for (let cutOffMs = link.cutOffMs(); cutOffMs !== null; cutOffMs = link.cutOffMs())
      await this.#pauseWithin(cutOffMs >= LEAST_MS ? LEAST_MS : LIMIT_MS, "disconnected from NATS");
  }

  /** Waits a moment after a try, before the next one. Errors: `unavailable` when it has been too long, `closed`. */
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

/** An error that trying again does not help against. */
export function translated(error: unknown): CarryoutError {
  if (isCarryoutError(error)) return error;
  return new CarryoutError("store-unusable", `NATS refused: ${messageOf(error)}`, { cause: error });
}
