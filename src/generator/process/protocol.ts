/** @module The messages between a node and its generator processes; runs are identified by number. */

import type { Json } from "../../download/json.ts";
import type { Job, Outcome } from "../executor.ts";
import type { FailureMessage } from "../failure-message.ts";

/** The process's end of the channel. */
export const CHANNEL_FD = 3;

/** To the process. "stored" and "refused" answer the call with this number. */
export type ToProcess =
  | { type: "run"; run: number; job: Job }
  | { type: "hurry"; run: number }
  | { type: "abort"; run: number }
  /** Ends the run as far as the node is concerned, whatever its generator still does. */
  | { type: "abandon"; run: number }
  | { type: "stored"; run: number; call: number }
  | { type: "refused"; run: number; call: number; message: string }
  /** Asks for an answer with the memory in use. */
  | { type: "ping" };

/** From the process about one run. After "end" only "returned" comes. */
export type FromRun =
  /** The part's bytes come with it. */
  | { type: "part"; run: number; call: number; sha256: string }
  | { type: "checkpoint"; run: number; call: number; state: Json; size: number; hash: string }
  | { type: "progress"; run: number; done: number; total: number | null; message: string | null }
  | { type: "alive"; run: number }
  | { type: "state-too-large"; run: number; sizeBytes: number }
  | { type: "all-saved"; run: number }
  | { type: "end"; run: number; outcome: Outcome }
  | { type: "end"; run: number; failure: FailureMessage }
  /** Its generator has returned. */
  | { type: "returned"; run: number; leftover: string | null };

/** From the process about itself. */
export type FromProcess =
  | FromRun
  /** With the revision of the source that it loaded. */
  | { type: "ready"; source: string }
  | { type: "unloadable"; message: string }
  | { type: "pong"; rssBytes: number }
  /** An uncaught error of a run that has ended, or of the module if `run` is null. */
  | { type: "stray"; run: number | null; failure: FailureMessage }
  /** `process.exit` was called, by this run if known. */
  | { type: "exiting"; run: number | null; exitCode: number };
