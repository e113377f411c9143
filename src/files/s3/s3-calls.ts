/** @module Calls to S3: each with a deadline of its own, repeated while its failure may pass, ended when the store closes. */

import { CarryoutError, isCarryoutError } from "../../errors.ts";
import type { Clock } from "../../ports/clock.ts";
import { retry } from "../../ports/retry.ts";
import { isPassing, LateError, translated } from "./s3-errors.ts";

const PAUSES = { firstMs: 100, mostMs: 2_000 };
/** How long a call is repeated before its caller is told that S3 is unavailable. */
const PATIENCE_MS = 10_000;
/** For an answer without bytes of files. */
const ANSWER_MS = 10_000;
/** A connection that is slower than this is considered broken. */
const LEAST_BYTES_PER_MS = 500;

/** Passed to the SDK with each call. */
export interface How {
  abortSignal: AbortSignal;
}

export interface Call<Result> {
  /** For people, such as "storing a/1/0". */
  doing: string;
  ask: (how: How) => Promise<Result>;
  /** For one attempt. Default 10 s. */
  deadlineMs?: number;
  /** Ends the call; it then fails with code `aborted`. */
  signal?: AbortSignal;
}

/** The deadline of a call that sends this many bytes. */
export function deadlineFor(bytes: number): number {
  return ANSWER_MS + bytes / LEAST_BYTES_PER_MS;
}

export class S3Calls {
  readonly #clock: Clock;
  readonly #bucket: string;
  readonly #open = new Set<AbortController>();
  #isClosed = false;

  constructor(clock: Clock, bucket: string) {
    this.#clock = clock;
    this.#bucket = bucket;
  }

  checkOpen(): void {
    if (this.#isClosed) throw new CarryoutError("closed", "this file store is closed");
  }

  /**
   * The first answer. Fails with `UnavailableError` at once when a repetition would fail as well, and otherwise after
   * 10 s of failures; with `closed` or `aborted` at once. Errors of Carryout that `ask` throws end the call unchanged.
   */
  async run<Result>({ doing, ask, deadlineMs = ANSWER_MS, signal }: Call<Result>): Promise<Result> {
    const ended = new AbortController();
    const end = () => ended.abort();
    this.#open.add(ended);
    signal?.addEventListener("abort", end, { once: true });
    const throwIfEnded = () => {
      this.checkOpen();
      if (signal?.aborted) throw new CarryoutError("aborted", `${doing} was stopped`);
    };
    const onFailure = (error: unknown, sinceMs: number) => {
      throwIfEnded();
      if (isCarryoutError(error) || !isPassing(error) || sinceMs >= PATIENCE_MS) {
        throw translated(error, doing, this.#bucket);
      }
    };
    try {
      return await retry(this.#clock, { ...PAUSES, signal: ended.signal, onFailure }, () => {
        throwIfEnded();
        return this.#attempt(ask, deadlineMs, ended.signal);
      });
    } finally {
      signal?.removeEventListener("abort", end);
      this.#open.delete(ended);
    }
  }

  /** Ends all calls: they fail with `closed`. */
  close(): void {
    this.#isClosed = true;
    for (const call of this.#open) call.abort();
  }

  async #attempt<Result>(
    ask: (how: How) => Promise<Result>,
    deadlineMs: number,
    ended: AbortSignal,
  ): Promise<Result> {
    const attempt = new AbortController();
    const end = () => attempt.abort();
    let isLate = false;
    ended.addEventListener("abort", end, { once: true });
    const cancel = this.#clock.after(deadlineMs, () => {
      isLate = true;
      end();
    });
    try {
      return await ask({ abortSignal: attempt.signal });
    } catch (error) {
      throw isLate ? new LateError(deadlineMs) : error;
    } finally {
      cancel();
      ended.removeEventListener("abort", end);
    }
  }
}
