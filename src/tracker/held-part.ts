/** @module One part of the work as its holder writes it: one write after the other, each fenced by version and epoch. */

import { CarryoutError, isCarryoutError, UnavailableError } from "../errors.ts";
import type { Clock } from "../ports/clock.ts";
import type { Version } from "../ports/repo.ts";
import { isOfLaterVersion } from "../ports/repo.ts";
import { retry } from "../ports/retry.ts";
import { SupersededError, WRITE_PAUSES } from "./held-slot.ts";

export interface PartPort<Value> {
  read(): Promise<{ version: Version; value: Value } | null>;
  write(value: Value, version: Version | null): Promise<Version | null>;
  /** What to go on from where something of this epoch is stored that is not the last that was seen. */
  merged(stored: Value, mine: Value): Value;
  /**
   * Called when what this holder wrote is gone: returns while the slot is still ours, as when a hand removed it, and
   * throws `SupersededError` otherwise.
   */
  confirm(): Promise<void>;
}

/** Only the holder of `epoch` writes it, so what is refused though the epoch is ours was our own unreported write. */
export class HeldPart<Value extends { epoch: number }> {
  readonly #port: PartPort<Value>;
  readonly #clock: Clock;
  readonly #epoch: number;
  readonly #ended = new AbortController();
  #value: Value;
  #version: Version | null = null;
  #last: Promise<unknown> = Promise.resolve();
  /** True once something may be stored of it. */
  isStored = false;

  /** `value`: what a holder begins with where nothing is stored. */
  constructor(port: PartPort<Value>, clock: Clock, value: Value) {
    this.#port = port;
    this.#clock = clock;
    this.#epoch = value.epoch;
    this.#value = value;
  }

  /** The latest that may have been stored. */
  get value(): Value {
    return this.#value;
  }

  /** What was found, or written, by others than `write`: as `HeldWork.take` does. */
  begin(value: Value, version: Version): void {
    this.#value = value;
    this.#version = version;
    this.isStored = true;
  }

  /**
   * Writes what `change` makes of the latest value; while the engine can't be reached it waits. Throws
   * `SupersededError` when a later holder has it, and fails with code `aborted` after `end`.
   */
  write(change: (value: Value) => Value): Promise<Value> {
    const result = this.#last.then(() => this.#untilWritten(change));
    this.#last = result.catch(() => undefined);
    return result;
  }

  /** Nothing more is written; resolves when what is under way has been answered. */
  async end(): Promise<void> {
    this.#ended.abort();
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
        // Whatever comes of it, others may have seen it.
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

  /** A later version that has written it goes on with it. */
  async #read(): Promise<{ version: Version; value: Value } | null> {
    try {
      return await this.#port.read();
    } catch (error) {
      throw isOfLaterVersion(error) ? new SupersededError(false) : error;
    }
  }
}
