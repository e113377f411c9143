/** @module One part of the work, written by its holder: one write at a time, each fenced by version and epoch. */

import { CarryoutError, ENDED, isCarryoutError, UnavailableError } from "../errors.ts";
import type { Clock } from "../ports/clock.ts";
import type { Version } from "../ports/repo.ts";
import { isOfLaterVersion } from "../ports/repo.ts";
import { retry } from "../ports/retry.ts";
import { SupersededError, WRITE_PAUSES } from "./held-slot.ts";

export interface PartPort<Value> {
  read(): Promise<{ version: Version; value: Value } | null>;
  write(value: Value, version: Version | null): Promise<Version | null>;
  /** The value to continue from when the stored one has this epoch but is not the last one seen. */
  merged(stored: Value, mine: Value): Value;
  /**
   * Called when what this holder wrote is gone: returns if the slot is still ours (it was removed manually), and
   * throws `SupersededError` otherwise.
   */
  confirm(): Promise<void>;
}

/**
 * Only the holder of `epoch` writes it: if a write is refused although the epoch is ours, our own unreported write came
 * first.
 */
export class HeldPart<Value extends { epoch: number }> {
  readonly #port: PartPort<Value>;
  readonly #clock: Clock;
  readonly #epoch: number;
  readonly #ended = new AbortController();
  #value: Value;
  #version: Version | null = null;
  #last: Promise<unknown> = Promise.resolve();
  /** True once a value may have been stored. */
  isStored = false;

  /** `value`: the initial value when nothing is stored. */
  constructor(port: PartPort<Value>, clock: Clock, value: Value) {
    this.#port = port;
    this.#clock = clock;
    this.#epoch = value.epoch;
    this.#value = value;
  }

  /** The latest value that may have been stored. */
  get value(): Value {
    return this.#value;
  }

  /** Adopts a value that was read, or written without `write`, as `HeldWork.take` does. */
  begin(value: Value, version: Version): void {
    this.#value = value;
    this.#version = version;
    this.isStored = true;
  }

  /**
   * Applies `change` to the latest value and writes the result; waits while the engine can't be reached. Throws
   * `SupersededError` when a later holder has it, and fails with code `aborted` after `end`.
   */
  write(change: (value: Value) => Value): Promise<Value> {
    const result = this.#last.then(() => this.#untilWritten(change));
    this.#last = result.catch(() => undefined);
    return result;
  }

  /** Stops writing; resolves when the write in progress has been answered. */
  async end(): Promise<void> {
    this.#ended.abort(ENDED);
    await this.#last;
  }

  #untilWritten(change: (value: Value) => Value): Promise<Value> {
    const onFailure = (error: unknown) => {
      if (!isCarryoutError(error, "unavailable")) throw error;
    };
    return retry(this.#clock, { ...WRITE_PAUSES, signal: this.#ended.signal, onFailure }, async () => {
      for (;;) {
        if (this.#ended.signal.aborted)
          throw new CarryoutError("aborted", "the work on this download has ended");
        const next = change(this.#value);
        // Whatever the outcome, others may have seen it.
        this.#value = next;
        this.isStored = true;
        const version = await this.#port.write(next, this.#version);
        if (version === null) await this.#readBack();
        else {
          this.#version = version;
          return next;
        }
      }
    });
  }

  async #readBack(): Promise<void> {
    const stored = await this.#read();
    if (stored === null) {
      await this.#port.confirm();
      this.#version = null;
      return;
    }
    if (this.#version !== null && stored.version < this.#version)
      throw new UnavailableError("the work on a download was read from a stale replica");
    if (stored.value.epoch > this.#epoch) throw new SupersededError(false);
    this.#version = stored.version;
    if (stored.value.epoch === this.#epoch) this.#value = this.#port.merged(stored.value, this.#value);
  }

  /** If a later version of Carryout has written it, that version continues with it. */
  async #read(): Promise<{ version: Version; value: Value } | null> {
    try {
      return await this.#port.read();
    } catch (error) {
      throw isOfLaterVersion(error) ? new SupersededError(false) : error;
    }
  }
}
