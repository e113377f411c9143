/** @module Interrupts a generator again and again, and compares its file with that of an uninterrupted run. */

import { seededRandom } from "../clock/seeded-random.ts";
import { systemClock } from "../clock/system.ts";
import { ComparedFile, KeptFile, type Resumable } from "./checked-file.ts";
import { type CheckedRuns, checkedRun } from "./checked-run.ts";
import type { FileDescription } from "./file-description.ts";
import { loadFileHash } from "./file-hash.ts";
import type { Generator } from "./generator.ts";
import { validateParams } from "./parameters.ts";
import { beginningOf, ResumeError } from "./resume-error.ts";

export interface CheckResumeOptions<Input = unknown> {
  /** As a request would give them: checked by the generator's schema. */
  params?: Input;
  /** How often it is interrupted; default 200. */
  runs?: number;
  /** Decides where it is interrupted; default 1. The same seed gives the same places. */
  seed?: number;
  /** The `requestedAt` passed to the generator; default now. */
  requestedAt?: Date;
}

export interface ResumeReport {
  readonly file: FileDescription;
  readonly sizeBytes: number;
  /** Checkpoints that an uninterrupted run offers. */
  readonly checkpoints: number;
  readonly largestStateBytes: number;
  /** Times that it was interrupted, and different checkpoints at which it resumed. */
  readonly interruptions: number;
  readonly resumedAt: number;
}

/** How often a file is interrupted before it may be completed. */
const STOPS_PER_FILE = 4;
/**
 * Makes the file twice without interruption, then again and again with interruptions at random checkpoints: each of
 * these runs gets the state as JSON gives it back, and is stopped some writes after a later checkpoint. Rejects with
 * a `ResumeError` when a file differs by a byte, in its name or in its type, when a state is larger than 256 KiB, when
 * `progress` is given impossible numbers, when a resumed run fails or when no checkpoint is offered. Rejects with
 * "invalid-parameters" for params that the generator's schema refuses, and with "generation-failed" when a run from the
 * beginning fails.
 *
 * Every checkpoint that is offered counts as saved. It runs in this process whatever the generator's isolation, holds
 * one file in memory, and lets `sleep` pass at once: choose parameters that make a file of some megabytes.
 */
export async function checkResume<Params, Kind extends string, Input>(
  generator: Generator<Params, Kind, Input>,
  options: CheckResumeOptions<Input> = {},
): Promise<ResumeReport> {
  const { params, runs = 200, seed = 1, requestedAt = new Date(systemClock.now()) } = options;
  await loadFileHash();
  // What its parameters are is its own affair: they come from its schema.
  const of = generator as Generator<unknown>;
  const check = new Check({
    generator: of,
    params: JSON.stringify(await validateParams(of, params)),
    requestedAt: requestedAt.getTime(),
    random: seededRandom(seed),
  });
  return check.check(runs);
}

class Check {
  readonly #runs: CheckedRuns;

  constructor(runs: CheckedRuns) {
    this.#runs = runs;
  }

  async check(runs: number): Promise<ResumeReport> {
    const kept = new KeptFile(null);
    let largestStateBytes = 0;
    kept.onCheckpoint = ({ state }) => {
      largestStateBytes = Math.max(largestStateBytes, Buffer.byteLength(state));
    };
    const { outcome } = await checkedRun(this.#runs, kept, null, null);
    const expected = { bytes: kept.bytes(), checkpoints: kept.checkpoints, file: outcome!.file };
    await this.#compare(expected, null, null);
    if (expected.checkpoints === 0) {
      throw this.#error("no-checkpoint", "offers no checkpoint: after every interruption it starts again");
    }
    const resumedAt: number[] = [];
    for (let left = runs; left > 0; left -= STOPS_PER_FILE) {
      const stops = this.#stops(Math.min(STOPS_PER_FILE, left), expected.checkpoints);
      let from: Resumable | null = null;
      for (const stop of [...stops, null]) {
        from = await this.#compare(expected, from, stop);
        if (from !== null) resumedAt.push(from.number);
      }
    }
    return {
      file: expected.file,
      sizeBytes: expected.bytes.length,
      checkpoints: expected.checkpoints,
      largestStateBytes,
      interruptions: resumedAt.length,
      resumedAt: new Set(resumedAt).size,
    };
  }

  /** Some checkpoints of an uninterrupted run in ascending order. */
  #stops(count: number, checkpoints: number): number[] {
    const anywhere = () => 1 + Math.floor(this.#runs.random() * checkpoints);
    return Array.from({ length: count }, anywhere).toSorted((a, b) => a - b);
  }

  /** Where it can resume: at `stopAt`, or null if that is not offered before the end. */
  async #compare(
    expected: { readonly bytes: Buffer; readonly file: FileDescription },
    from: Resumable | null,
    stopAt: number | null,
  ): Promise<Resumable | null> {
    const compared = new ComparedFile(expected.bytes, from);
    const { outcome, saved } = await checkedRun(this.#runs, compared, from, stopAt);
    if (outcome !== null) compared.compareEnd();
    if (compared.difference !== null) {
      const { offset, text } = compared.difference;
      const problem = from === null ? "not-repeatable" : "different-bytes";
      const message = `${from === null ? "run from the beginning once more" : beginningOf(from)}, the file differs from byte ${offset} on\n${text}`;
      throw this.#error(problem, message, { checkpoint: from, offset });
    }
    if (outcome === null) return saved;
    const { name, type } = outcome.file;
    if (name !== expected.file.name || type !== expected.file.type) {
      const shown = `${JSON.stringify(outcome.file)}, not ${JSON.stringify(expected.file)}`;
      throw this.#error("different-file", `${beginningOf(from)}, the file is called ${shown}`, {
        checkpoint: from,
      });
    }
    return saved;
  }

  #error(...[problem, message, about]: ConstructorParameters<typeof ResumeError>): ResumeError {
    return new ResumeError(problem, `${this.#runs.generator.kind}: ${message}`, about);
  }
}
