/** @module What a node and its worker threads say to each other. */

import type { MessagePort } from "node:worker_threads";
import type { Json } from "../download/json.ts";
import type { Job, Outcome } from "./executor.ts";
import type { FailureMessage } from "./failure-message.ts";

/** Given to each thread at its start. */
export interface ThreadData {
  moduleUrl: string;
}

/** A task for a thread. "load" answers null, or why the generators did not load. */
export type ThreadTask = { type: "load" } | { type: "run"; job: Job; port: MessagePort };

/** To the thread, over the run's port. "stored" and "refused" answer the call with this number. */
export type ToThread =
  | { type: "hurry" }
  | { type: "abort" }
  | { type: "stored"; call: number }
  | { type: "refused"; call: number; message: string };

/** From the thread, over the run's port. After "end" only "unfit" may come. */
export type FromThread =
  | { type: "part"; call: number; bytes: Uint8Array; sha256: string }
  | { type: "checkpoint"; call: number; state: Json; size: number; hash: string }
  | { type: "progress"; done: number; total: number | null; message: string | null }
  | { type: "alive" }
  | { type: "state-too-large"; sizeBytes: number }
  | { type: "all-saved" }
  | { type: "end"; outcome: Outcome }
  | { type: "end"; failure: FailureMessage }
  /** The generator left timers behind, or the thread has no generators: it must not run another. */
  | { type: "unfit" };
