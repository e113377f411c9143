/** @module Where a run's bytes go while resumption is checked: kept the first time, compared with these afterwards. */

import type { Json } from "../download/json.ts";
import { CarryoutError } from "../errors.ts";
import type { Host, Job } from "./executor.ts";
import { around, type OfferedCheckpoint } from "./resume-error.ts";

/** A checkpoint that a run can resume at. */
export interface Resumable extends OfferedCheckpoint {
  /** Of the file's SHA-256, as the worker keeps it. */
  readonly hash: string;
}

export interface Difference {
  readonly offset: number;
  /** What is there, and what should be. */
  readonly text: string;
}

/** Calls `onCheckpoint` for each checkpoint of a run, when all bytes before it have arrived. */
export abstract class CheckedFile implements Host {
  size: number;
  checkpoints: number;
  tooLargeState: number | null = null;
  onCheckpoint: (checkpoint: Resumable) => void = () => {};

  constructor(from: Resumable | null) {
    this.size = from?.offset ?? 0;
    this.checkpoints = from?.number ?? 0;
  }

  async part(bytes: Uint8Array): Promise<void> {
    this.take(bytes);
    this.size += bytes.length;
  }

  async checkpoint(state: Json, size: number, hash: string): Promise<void> {
    this.checkpoints += 1;
    this.onCheckpoint({ number: this.checkpoints, offset: size, state: JSON.stringify(state), hash });
  }

  stateTooLarge(sizeBytes: number): void {
    this.tooLargeState ??= sizeBytes;
  }

  progress(): void {}
  alive(): void {}
  allSaved(): void {}

  protected abstract take(bytes: Uint8Array): void;
}

/** Keeps the whole file. */
export class KeptFile extends CheckedFile {
  readonly #parts: Uint8Array[] = [];

  bytes(): Buffer {
    return Buffer.concat(this.#parts);
  }

  protected take(bytes: Uint8Array): void {
    this.#parts.push(bytes.slice()); // the run overwrites them
  }
}

/** Ends the run at the first part that is not as in the file that was kept. */
export class ComparedFile extends CheckedFile {
  readonly #expected: Buffer;
  difference: Difference | null = null;

  constructor(expected: Buffer, from: Resumable | null) {
    super(from);
    this.#expected = expected;
  }

  /** For a run that has ended: the file may be too short. */
  compareEnd(): void {
    if (this.size < this.#expected.length) this.#differsAt(this.size, new Uint8Array(), this.size);
  }

  protected take(bytes: Uint8Array): void {
    const expected = this.#expected.subarray(this.size, this.size + bytes.length);
    if (this.difference !== null || expected.equals(bytes)) return;
    let at = 0;
    while (at < expected.length && expected[at] === bytes[at]) at++;
    this.#differsAt(this.size + at, bytes, this.size);
    throw new CarryoutError("aborted", "the file differs");
  }

  #differsAt(offset: number, bytes: Uint8Array, start: number): void {
    // What came before was as expected.
    const found = Buffer.concat([this.#expected.subarray(0, start), bytes]);
    const text = `  uninterrupted: ${around(this.#expected, offset)}\n  this run:      ${around(found, offset)}`;
    this.difference = { offset, text };
  }
}

export function resumeOf(from: Resumable | null): Job["resume"] {
  return from === null ? null : { state: JSON.parse(from.state) as Json, size: from.offset, hash: from.hash };
}
