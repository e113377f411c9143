/** @module How a worker runs a generator: in its own process, in a shared one, or on the event loop. */

import type { Json } from "../download/json.ts";
import { CarryoutError } from "../errors.ts";
import type { FileDescription } from "./file-description.ts";

/** What a run needs to start or resume. */
export interface Job {
  /** For logs. */
  downloadId: string;
  kind: string;
  params: Json;
  /** When the download was asked for, in milliseconds since the epoch: the same for every attempt on every node. */
  requestedAt: number;
  /** The last checkpoint: generator state, bytes kept, saved hash state (base64). */
  resume: { state: Json; size: number; hash: string } | null;
  /** Most runs that its process may ever have had; 1 means alone. From the previous attempt's `InterruptedError`. */
  groupSize?: number;
}

/**
 * How a run ends when its process died and others had been in that process, so that the culprit is unknown. Not a
 * failure: rerunning it from its checkpoint, in a group of the smaller size given here, identifies the culprit. A run
 * that was alone never ends this way.
 */
export class InterruptedError extends CarryoutError {
  readonly groupSize: number;

  constructor(message: string, groupSize: number) {
    super("generation-interrupted", message, { retriable: true });
    this.groupSize = groupSize;
  }
}

/**
 * How an attempt ends whose generator can't go on from its checkpoint, as what that relies on has changed: an error with
 * `startOver: true`. Not a failure of a resumed run: it begins again, without the checkpoint.
 */
export class StartOverError extends CarryoutError {}

/** A process has loaded other code than this node's first one: what it made would not fit what was made before. */
export class GeneratorsChangedError extends CarryoutError {
  constructor() {
    super("unavailable", "the generators' source changed since this node started; restart the node", {
      retriable: true,
    });
  }
}

/** How a run reports to the worker. Calls are made in order; a rejected promise ends the run with that error. */
export interface Host {
  /**
   * Stores the next part of the file. Resolves when it is durable; up to two may be in progress. Then the bytes may be
   * overwritten.
   */
  part(bytes: Uint8Array, sha256: string): Promise<void>;
  /** Progress of the generator; at most about one call per 100 ms, and one at the end. */
  progress(done: number, total: number | null, message: string | null): void;
  /** Saves a checkpoint covering all parts so far, which are durable by now. */
  checkpoint(state: Json, size: number, hash: string): Promise<void>;
  /** Any sign of activity, even without a change: for the stall deadline. */
  alive(): void;
  /** An offered checkpoint was not saved: its state of this many bytes (JSON, UTF-8) exceeds `LARGEST_STATE_BYTES`. */
  stateTooLarge(sizeBytes: number): void;
  /** After `hurry`: the last checkpoint covers everything made so far, so there is no point in waiting for another. */
  allSaved(): void;
}

/** The whole file's bytes. */
export interface Written {
  size: number;
  sha256: string;
}

/** The complete file, once the generator has returned, all parts are durable, and the file is described. */
export interface Outcome extends Written {
  file: FileDescription;
}

/** A run in progress. */
export interface Run {
  /** Resolves when its generator is called, which may have to wait for a process, or when it ends before that. */
  readonly begun: Promise<void>;
  /** Rejects with a `CarryoutError` whose code says how it ended, "aborted", or an `InterruptedError`. */
  readonly done: Promise<Outcome>;
  /** Saves the next checkpoint that the generator offers at once (for a drain), if there is anything to save. */
  hurry(): void;
  /** Aborts the generator's signal. */
  abort(): void;
  /** Ends it by force. Resolves when its process is gone; a run in a shared process can only be abandoned. */
  terminate(): Promise<void>;
}

export interface Executor {
  start(job: Job, host: Host): Run;
  /**
   * Resolves when runs can begin at once: the generators are loaded. With the revision of their source; "" for those
   * given as values. Rejects when they can't be loaded.
   */
  ready(): Promise<string>;
  /** Ends every run, and their processes. */
  close(): Promise<void>;
}
