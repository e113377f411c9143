/** @module Gathers the writes of one stream: the next batch takes what is published while the last is on its way. */

import type { Cancel, Clock } from "../../../ports/clock.ts";

/** One message, on the condition that `expected` is its subject's last sequence, 0 for none. */
export interface Publication {
  subject: string;
  data: Uint8Array | string;
  expected?: number | undefined;
  headers?: Readonly<Record<string, string>> | undefined;
  /** Nobody waits for it: it goes with the next batch, or 25 ms after the last one. */
  isPatient?: boolean | undefined;
}

/** Nothing of a batch was stored. */
export class BatchRefusedError extends Error {
  constructor(cause: Error) {
    super(`batch refused: ${cause.message}`, { cause });
    this.name = "BatchRefusedError";
  }
}

/** How messages get to the stream. */
export interface Publishing {
  /** Whether the stream takes batches, as far as is known. */
  batches: () => boolean;
  /** Stores one message, and returns its sequence. */
  one: (publication: Publication) => Promise<number>;
  /** Stores all or none, and returns their sequences. Errors: `BatchRefusedError`; with others the outcome is unknown. */
  all: (publications: readonly Publication[]) => Promise<readonly number[]>;
}

interface Waiting {
  readonly publication: Publication;
  resolve(sequence: number): void;
  reject(error: unknown): void;
}

const MOST_MESSAGES = 64;
/** Of a batch, in bytes, or characters of texts. */
const MOST_BYTES = 256 * 1024;
/** A larger message is not worth waiting for others. */
const LARGE_BYTES = 64 * 1024;
/** A healthy stream answers sooner: after this long, others don't wait any more. */
const SLOW_MS = 100;
/**
 * A batch of 4 messages costs three servers 1 ms of processor time, one of 16 less than 2 ms: fewer batches are worth
 * more than messages that are stored at once.
 */
const PATIENT_MS = 25;
/** Where others write the same subjects, batches are refused in a row. */
const SINGLY_MS = 100;

/**
 * A write alone goes as it is. No write shares the fate of another, unless its outcome is unknown: a batch that is
 * refused is published again one by one. Two writes of one subject are never in one batch, and go in their order.
 */
export class GroupCommit {
  readonly #publishing: Publishing;
  readonly #clock: Pick<Clock, "after" | "monotonic">;
  #waiting: Waiting[] = [];
  #isScheduled = false;
  #isBusy = false;
  #singlyUntil = 0;
  #sentAt = Number.NEGATIVE_INFINITY;
  /** Set while all that wait are patient. */
  #cancelLater: Cancel | null = null;

  constructor(publishing: Publishing, clock: Pick<Clock, "after" | "monotonic">) {
    this.#publishing = publishing;
    this.#clock = clock;
  }

  /** Errors are those of `one`, and of `all` when the outcome is unknown. */
  publish(publication: Publication): Promise<number> {
    if (!this.#gathers() || publication.data.length > LARGE_BYTES) return this.#publishing.one(publication);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ publication, resolve, reject });
      this.#schedule();
    });
  }

  #gathers(): boolean {
    return this.#publishing.batches() && this.#clock.monotonic() >= this.#singlyUntil;
  }

  /** What is published in this turn of the event loop goes together, with all that waits. */
  #schedule(): void {
    if (this.#isBusy || this.#isScheduled || this.#waiting.length === 0) return;
    const isPatient = this.#waiting.at(-1)!.publication.isPatient && this.#areAllPatient();
    const leftMs = this.#sentAt + PATIENT_MS - this.#clock.monotonic();
    if (isPatient && leftMs > 0) this.#cancelLater ??= this.#clock.after(leftMs, () => this.#sendSoon());
    else this.#sendSoon();
  }

  #areAllPatient(): boolean {
    return this.#cancelLater !== null || this.#waiting.every(({ publication }) => publication.isPatient);
  }

  #sendSoon(): void {
    this.#cancelLater?.();
    this.#cancelLater = null;
    if (this.#isBusy || this.#isScheduled || this.#waiting.length === 0) return;
    this.#isScheduled = true;
    setImmediate(() => this.#sendNext());
  }

  #sendNext(): void {
    this.#isScheduled = false;
    this.#sentAt = this.#clock.monotonic();
    if (this.#gathers()) this.#send(this.#take());
    else for (const waiting of this.#waiting.splice(0)) void this.#sendOne(waiting);
  }

  #send(batch: readonly Waiting[]): void {
    this.#isBusy = true;
    let isOver = false;
    const goOn = () => {
      if (isOver) return;
      isOver = true;
      this.#isBusy = false;
      this.#schedule();
    };
    const cancel = this.#clock.after(SLOW_MS, goOn);
    const sent = batch.length === 1 ? this.#sendOne(batch[0]!) : this.#sendAll(batch);
    void sent.finally(() => {
      cancel();
      goOn();
    });
  }

  /** The first ones that fit, one of each subject. */
  #take(): Waiting[] {
    const batch: Waiting[] = [];
    const rest: Waiting[] = [];
    const subjects = new Set<string>();
    let bytes = 0;
    for (const waiting of this.#waiting) {
      const { subject, data } = waiting.publication;
      const fits = batch.length < MOST_MESSAGES && (bytes + data.length <= MOST_BYTES || batch.length === 0);
      if (fits && !subjects.has(subject)) {
        batch.push(waiting);
        bytes += data.length;
      } else rest.push(waiting);
      subjects.add(subject);
    }
    this.#waiting = rest;
    return batch;
  }

  async #sendAll(batch: readonly Waiting[]): Promise<void> {
    try {
      const sequences = await this.#publishing.all(batch.map(({ publication }) => publication));
      for (const [index, { resolve }] of batch.entries()) resolve(sequences[index]!);
    } catch (error) {
      if (!(error instanceof BatchRefusedError)) {
        for (const { reject } of batch) reject(error);
        return;
      }
      this.#singlyUntil = this.#clock.monotonic() + SINGLY_MS;
      await Promise.all(batch.map((waiting) => this.#sendOne(waiting)));
    }
  }

  async #sendOne({ publication, resolve, reject }: Waiting): Promise<void> {
    await this.#publishing.one(publication).then(resolve, reject);
  }
}
