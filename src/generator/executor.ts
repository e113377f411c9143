/** @module How a worker has a generator run: in a process of its own, with others in one, or on the event loop. */

import type { Json } from "../download/json.ts";
import { CarryoutError } from "../errors.ts";
import type { FileDescription } from "./file-description.ts";

/** What a run needs to begin or to go on. */
export interface Job {
  /** For logs. */
  downloadId: string;
  kind: string;
  params: Json;
  /** When the download was asked for, in milliseconds since the epoch: the same for every attempt on every node. */
  requestedAt: number;
  /** The last checkpoint: generator state, bytes kept, saved hash state (base64). */
  resume: { state: Json; size: number; hash: string } | null;
  /** Most runs that its process may ever have had; 1: alone. Given by the `InterruptedError` of the attempt before. */
  groupSize?: number;
}

/**
 * How a run ends whose process died, when others had been in that process: who is to blame is not known. It is no
 * failure: rerunning it from its checkpoint, in a group of the smaller size given here, finds out. A run
 * that was alone never ends so.
 */
export class InterruptedError extends CarryoutError {
  readonly groupSize: number;

  constructor(message: string, groupSize: number) {
    super("generation-interrupted", message, { retriable: true });
    this.groupSize = groupSize;
  }
}

/** What a run tells the worker. Calls come in order; a promise that rejects ends the run with that error. */
export interface Host {
  /** Stores the next part of the file. Resolves when it is durable; up to two may be under way. */
  part(bytes: Uint8Array, sha256: string): Promise<void>;
  /** How far the generator is; at most one call per 100 ms or so, and one at the end. */
  progress(done: number, total: number | null, message: string | null): void;
  /** Saves a checkpoint over all parts given so far, which are durable by now. */
  checkpoint(state: Json, size: number, hash: string): Promise<void>;
  /** Any sign of life, also one that changes nothing: for the stall deadline. */
  alive(): void;
  /** A checkpoint was offered whose state of this many bytes (JSON, UTF-8) is beyond `LARGEST_STATE_BYTES`: it is not saved. */
  stateTooLarge(sizeBytes: number): void;
  /** When hurried: all that the generator has made so far is in the last checkpoint, so no other is worth waiting for. */
  allSaved(): void;
}

/** The whole file's bytes. */
export interface Written {
  size: number;
  sha256: string;
}

/** The whole file, when the generator has returned, all parts are durable, and it has said what it is called. */
export interface Outcome extends Written {
  file: FileDescription;
}

/** A run under way. */
export interface Run {
  /** Resolves when its generator is called: it may wait for a process. Or when it ends before that. */
  readonly begun: Promise<void>;
  /** Rejects with a `CarryoutError` whose code says how it ended, "aborted", or an `InterruptedError`. */
  readonly done: Promise<Outcome>;
  /** Lets the next checkpoint that the generator offers be saved at once (drain), if there is anything to save. */
  hurry(): void;
  /** Aborts the generator's signal. */
  abort(): void;
  /** Ends it whatever it does. Resolves when its process is gone; one among others can't be ended, only abandoned. */
  terminate(): Promise<void>;
}

export interface Executor {
  start(job: Job, host: Host): Run;
  /** Resolves when runs can begin at once: the generators are loaded. Rejects when they can't be. */
  ready(): Promise<void>;
  /** Ends every run, and whatever they run in. */
  close(): Promise<void>;
}
