/** @module The record of one download, in its slot and afterwards in the history: its holder and its outcome. */

import type { Json } from "./json.ts";

/** The article's four states. `ready` and `error` are final. */
export type DownloadState = "pending" | "processing" | "ready" | "error";

/** The progress of a generation. `done` and `fraction` never decrease during the life of a download. */
export interface Progress {
  /** Units the generator counts in (rows, pages, bytes). */
  done: number;
  total: number | null;
  message: string | null;
  /** 0 to 1, never decreasing; null while no total is known. 1 only when the file can be fetched. */
  fraction: number | null;
  /** The holder's estimate of the time left in milliseconds, at the time of writing; null while unstable. */
  etaMs: number | null;
}

/** A stored piece of a file. The file is its parts, joined in order. */
export interface Part {
  key: string;
  /** Bytes. */
  size: number;
  /** Lower-case hexadecimal. */
  sha256: string;
}

/** A point from which a generation can resume: all `parts` were durable before this was saved. */
export interface Checkpoint {
  /** Provided by the generator: opaque to Carryout. */
  state: Json;
  parts: Part[];
  /** Bytes in all parts. */
  size: number;
  /** The saved state of the SHA-256 over these bytes, base64. */
  hash: string;
}

export interface Checkpoints {
  count: number;
  /** Null before the first. */
  at: number | null;
}

export interface StoredFile {
  name: string;
  /** A media type, with parameters. */
  type: string;
  /** What the user should know about the content; omitted if there is nothing. */
  note?: string;
  /** Bytes. */
  size: number;
  /** Of the whole file, lower-case hexadecimal. */
  sha256: string;
  parts: Part[];
}

export interface Failure {
  code: string;
  message: string;
  retriable: boolean;
}

/**
 * `claimed`: by `node` in `epoch`; `from` is the holder that died, and with `anew` the file starts over with another
 * revision. `released`: `node` gave it back, as in a drain. `attempt-failed`: another attempt follows. `withdrawn`: no
 * node can make its kind, or one can again. `lost`: bytes of the ready file are missing.
 */
export interface StoryEvent {
  type: "requested" | "claimed" | "released" | "attempt-failed" | "withdrawn" | "ready" | "failed" | "lost";
  /** By the clock of the node that wrote it, milliseconds since the epoch, UTC. */
  at: number;
  node?: string;
  epoch?: number;
  from?: string;
  anew?: true;
  /** Of a failure. */
  code?: string;
  message?: string;
}

export interface Story {
  /** In the order in which they were recorded. */
  events: StoryEvent[];
  /** How many events after the first were left out. */
  dropped: number;
}

/** Times are milliseconds since the epoch, UTC. */
export interface Download {
  /** 128 random bits, base64url: unguessable. */
  id: string;
  user: string;
  slot: string;
  kind: string;
  params: Json;
  fingerprint: string;
  /** Digest of the idempotency key of the request that created it; null if it had none. */
  requestKey: string | null;
  state: DownloadState;
  /** The holder as `name/incarnation`, or null. */
  node: string | null;
  /** Incremented at every claim: writes of older holders are refused. */
  epoch: number;
  /** Attempts that ended with an error of the generator. */
  failures: number;
  /** Number of holders that died since one recorded that the file gained bytes. */
  handovers: number;
  /**
   * Its number in the queue: one more than the highest that its node had seen. A logical clock, so that a node with a
   * wrong clock can't move its requests to the front of the queue.
   */
  ticket: number;
  /**
   * How many turns it waits in the queue: more for users who had more unfinished downloads at the time of the request.
   */
  turns: number;
  /** Identifies the network from which an anonymous user requested it; null for an identified user. */
  network: string | null;
  /** How long the present attempt has run, on all its holders, as of this write; milliseconds. */
  ranMs: number;
  /** As of this write of the record; while it is held, the separately stored work is newer (see `work.ts`). */
  progress: Progress;
  /** The revision of the generator that makes it; null before the first claim, and if generators have no revisions. */
  revision: string | null;
  /** Checkpoints saved in epochs before this one are ignored: the file starts over. 0: none are ignored. */
  freshSince: number;
  file: StoredFile | null;
  error: Failure | null;
  requestedAt: number;
  /** The first claim. */
  startedAt: number | null;
  finishedAt: number | null;
  /**
   * How long it waits after a failure before it may be claimed, in milliseconds; 0 if it need not wait. Each node
   * measures this from the moment it sees the record, so that setting a clock does not change the wait.
   */
  backoffMs: number;
  /** Since when no node could make it, as recorded by a node that noticed; null while some node can. */
  unclaimedSince: number | null;
  /** How many checkpoints were saved, and when the last one was, as of this write of the record. */
  checkpoints: Checkpoints;
  /** What happened to it so far, for operators. */
  story: Story;
  /** When a finished record expires; null while unfinished, so that no record expires under its worker. */
  expiresAt: number | null;
}

export function isFinished(download: Pick<Download, "state">): boolean {
  return download.state === "ready" || download.state === "error";
}
