/** @module A host for tests that records and checks everything, and can resume where another stopped. */

import { strict as assert } from "node:assert";
import { createHash } from "node:crypto";
import type { Json } from "../download/json.ts";
import type { Host, Job } from "./executor.ts";

export interface RecordedCheckpoint {
  state: Json;
  size: number;
  hash: string;
  /** Parts that belong to it. */
  parts: number;
}

export interface RecordedProgress {
  done: number;
  total: number | null;
  message: string | null;
}

/** Override `part` or `checkpoint` on one instance to be slow or to fail. */
export class RecordingHost implements Host {
  readonly parts: Uint8Array[] = [];
  readonly checkpoints: RecordedCheckpoint[] = [];
  readonly reports: RecordedProgress[] = [];
  timesAllSaved = 0;
  /** Sizes of states that were too large. */
  readonly tooLarge: number[] = [];
  /** Calls of any kind. */
  calls = 0;
  #waiting: { when: () => boolean; resolve: () => void }[] = [];

  async part(bytes: Uint8Array, sha256: string): Promise<void> {
    assert.equal(createHash("sha256").update(bytes).digest("hex"), sha256, "the sum of a part");
    assert.ok(bytes.length > 0, "no part is empty");
    this.parts.push(bytes.slice());
    this.#called();
  }

  async checkpoint(state: Json, size: number, hash: string): Promise<void> {
    assert.equal(size, this.bytes().length, "a checkpoint covers all parts so far");
    this.checkpoints.push({ state, size, hash, parts: this.parts.length });
    this.#called();
  }

  progress(done: number, total: number | null, message: string | null): void {
    this.reports.push({ done, total, message });
    this.#called();
  }

  alive(): void {
    this.#called();
  }

  stateTooLarge(sizeBytes: number): void {
    this.tooLarge.push(sizeBytes);
    this.#called();
  }

  allSaved(): void {
    this.timesAllSaved += 1;
    this.#called();
  }

  /** The file so far. */
  bytes(): Buffer {
    return Buffer.concat(this.parts);
  }

  /** A host with what was durable at this checkpoint, and the job to resume from it. */
  resumeAt({ state, size, hash, parts }: RecordedCheckpoint): { host: RecordingHost; resume: Job["resume"] } {
    const host = new RecordingHost();
    host.parts.push(...this.parts.slice(0, parts));
    return { host, resume: { state, size, hash } };
  }

  /** Resolves after the first call that makes the condition hold. */
  until(when: () => boolean): Promise<void> {
    if (when()) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ when, resolve }));
  }

  #called(): void {
    this.calls += 1;
    this.#waiting = this.#waiting.filter(({ when, resolve }) => {
      if (!when()) return true;
      resolve();
      return false;
    });
  }
}

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
