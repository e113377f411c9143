/** @module The life of a download as pure functions: time, randomness and ids are arguments. */

import type { Download, Failure, StoredFile } from "./download.ts";
import { isFinished } from "./download.ts";
import { fingerprint } from "./fingerprint.ts";
import type { Json } from "./json.ts";
import { finishedProgress, GENERATING_SHARE, NO_PROGRESS, startingAgain } from "./progress.ts";
import { failureFacts, noted } from "./story.ts";

/** The cluster's limits for a download. */
export interface Limits {
  /** Number of holders that may die on it before it fails. */
  maxHandovers: number;
  /** How long a failed record is kept, milliseconds. */
  errorRetentionMs: number;
}

const BACKOFF_FIRST_MS = 1_000;
const BACKOFF_MOST_MS = 60_000;

/** A new record: pending, without a holder. */
export function request(
  asked: {
    user: string;
    slot: string;
    kind: string;
    params: Json;
    requestKey?: string | null;
    network?: string | null;
  },
  now: number,
  id: string,
  place: { ticket: number; turns: number } = { ticket: 0, turns: 0 },
): Download {
  return {
    id,
    ...asked,
    fingerprint: fingerprint(asked.kind, asked.params),
    requestKey: asked.requestKey ?? null,
    state: "pending",
    node: null,
    epoch: 0,
    failures: 0,
    handovers: 0,
    ...place,
    network: asked.network ?? null,
    ranMs: 0,
    progress: NO_PROGRESS,
    revision: null,
    freshSince: 0,
    file: null,
    error: null,
    requestedAt: now,
    startedAt: null,
    finishedAt: null,
    backoffMs: 0,
    unclaimedSince: null,
    checkpoints: { count: 0, at: null },
    story: { events: [{ type: "requested", at: now }], dropped: 0 },
    expiresAt: null,
  };
}

/** The generator's revision on the claiming node. */
export interface Making {
  /** Null if generators have no revisions. */
  revision: string | null;
  /** True if it may resume from a checkpoint of any other revision. */
  continues: boolean;
}

const NO_REVISION: Making = { revision: null, continues: false };

/**
 * The record held by `node` in a new epoch, with its checkpoint. A record that still names a holder is claimed because
 * that holder died: this counts as a handover, and at `maxHandovers` the download fails instead. If another revision
 * started it, the file starts over with this one, so that bytes of two revisions are never mixed.
 */
export function claim(
  download: Download,
  node: string,
  now: number,
  limits: Limits,
  making: Making = NO_REVISION,
): Download {
  assertUnfinished(download, "claim");
  const free = taken(download);
  if (keepsCrashing(free, limits)) return fail(free, KEEPS_CRASHING, now, limits);
  const isContinued = isOfRevision(free, making);
  const claimed: Download = {
    ...(isContinued ? free : anew(free)),
    state: "processing",
    node,
    revision: making.revision,
    startedAt: download.startedAt ?? now,
    backoffMs: 0,
    unclaimedSince: null,
  };
  return noted(claimed, {
    type: "claimed",
    at: now,
    node,
    epoch: claimed.epoch,
    ...(download.node !== null && { from: download.node }),
    ...(!isContinued && { anew: true }),
  });
}

/** True if only this revision has made its bytes, or if it may continue those of others. */
function isOfRevision({ startedAt, revision }: Download, making: Making): boolean {
  return startedAt === null || making.continues || revision === making.revision;
}

/** Starts over in the present epoch: like a new attempt, without a checkpoint or earlier running time. */
function anew(download: Download): Download {
  return {
    ...download,
    freshSince: download.epoch,
    ranMs: 0,
    progress: startingAgain(download.progress),
  };
}

/**
 * Records since when no node can make it, or that one can again. Like a claim, this begins a new epoch: a holder that
 * was presumed dead has lost it.
 */
export function withdraw(download: Download, since: number | null, now: number, limits: Limits): Download {
  assertUnfinished(download, "withdraw");
  const free = taken(download);
  if (keepsCrashing(free, limits)) return fail(free, KEEPS_CRASHING, now, limits);
  const withdrawn: Download = { ...free, state: "pending", node: null, unclaimedSince: since };
  return noted(withdrawn, {
    type: "withdrawn",
    at: now,
    ...(download.node !== null && { from: download.node }),
  });
}

/** Fails a download without its holder: no node can make it, or its holder does not end it. */
export function forceFail(download: Download, failure: Failure, now: number, limits: Limits): Download {
  assertUnfinished(download, "forceFail");
  return fail(taken(download), failure, now, limits);
}

/** Takes it from its holder, if any; this counts as a handover. */
function taken(download: Download): Download {
  const handovers = download.handovers + (download.node === null ? 0 : 1);
  return { ...download, epoch: download.epoch + 1, handovers };
}

function keepsCrashing({ handovers }: Download, { maxHandovers }: Limits): boolean {
  return handovers > 0 && handovers >= maxHandovers;
}

const KEEPS_CRASHING: Failure = {
  code: "generation-keeps-crashing",
  message: "Generation of this file stopped the server several times and was abandoned.",
  retriable: false,
};

/** The holder gained bytes: a download that makes progress between deaths is not their cause. */
export function gained(download: Download): Download {
  assertHeld(download, "clear");
  return { ...download, handovers: 0 };
}

/** The holder gives it back, as in a drain: not a failure; the checkpoint is kept, and any node may claim it now. */
export function release(download: Download, now: number): Download {
  const node = assertHeld(download, "release");
  return noted({ ...download, state: "pending", node: null }, { type: "released", at: now, node });
}

/**
 * An attempt ended with an error of the generator: waits with exponential backoff and jitter (half to one and a half
 * times the step), or fails for good. The last attempt starts from scratch, in case the checkpoint is to blame.
 */
export function retry(
  download: Download,
  failure: Failure,
  maxFailures: number,
  now: number,
  random: number,
  limits: Limits,
): Download {
  const node = assertHeld(download, "retry");
  const failures = download.failures + 1;
  if (!failure.retriable || failures >= maxFailures) {
    return fail({ ...download, failures }, failure, now, limits);
  }
  const stepMs = Math.min(BACKOFF_MOST_MS, BACKOFF_FIRST_MS * 2 ** (failures - 1));
  const waiting: Download = {
    ...download,
    state: "pending",
    node: null,
    failures,
    freshSince: failures === maxFailures - 1 ? download.epoch + 1 : download.freshSince,
    ranMs: 0,
    backoffMs: Math.round(stepMs * (0.5 + random)),
  };
  return noted(waiting, { type: "attempt-failed", at: now, node, ...failureFacts(failure) });
}

/** Ends without a file. */
export function fail(download: Download, failure: Failure, now: number, limits: Limits): Download {
  assertUnfinished(download, "fail");
  const { node } = download;
  const failed: Download = {
    ...download,
    state: "error",
    node: null,
    error: failure,
    progress: { ...download.progress, etaMs: null },
    finishedAt: now,
    expiresAt: now + limits.errorRetentionMs,
  };
  return noted(failed, { type: "failed", at: now, ...(node !== null && { node }), ...failureFacts(failure) });
}

/** Ends with a file: all its parts are durable, its size and digest verified. */
export function finish(download: Download, file: StoredFile, now: number, retentionMs: number): Download {
  const node = assertHeld(download, "finish");
  const ready: Download = {
    ...download,
    state: "ready",
    file,
    progress: finishedProgress(download.progress),
    finishedAt: now,
    expiresAt: now + retentionMs,
  };
  return noted(ready, { type: "ready", at: now, node });
}

/** Expires a record of the history: its user has as many newer ones as are kept. */
export function outdated(download: Download, now: number): Download {
  return { ...download, expiresAt: Math.min(download.expiresAt ?? now, now) };
}

/** Bytes of the file are missing: they were not removed by Carryout. */
export function lost(download: Download, now: number, limits: Limits): Download {
  assertReady(download, "lose");
  const fraction = GENERATING_SHARE; // a full bar would promise a file
  const after: Download = {
    ...download,
    state: "error",
    file: null,
    error: FILE_LOST,
    progress: { ...download.progress, fraction, etaMs: null },
    expiresAt: now + limits.errorRetentionMs,
  };
  return noted(after, { type: "lost", at: now });
}

const FILE_LOST: Failure = {
  code: "file-lost",
  message: "The file no longer exists. Request it again.",
  retriable: true,
};

/** The result of a new request for a slot. */
export type Meeting = "join" | "replace" | "refuse" | "reused key";

/**
 * An equal running download is joined, a finished one replaced, and a different running one refuses the request. A
 * repeated request, identified by its key, joins the download it created in any state; a key of a different request is
 * refused.
 */
export function meet(
  present: Download,
  wanted: Pick<Download, "fingerprint" | "requestKey">,
  now: number,
): Meeting {
  if (isExpired(present, now)) return "replace";
  const isEqual = present.fingerprint === wanted.fingerprint;
  if (wanted.requestKey !== null && present.requestKey === wanted.requestKey) {
    return isEqual ? "join" : "reused key";
  }
  if (isFinished(present)) return "replace";
  return isEqual ? "join" : "refuse";
}

/** True when a finished record has expired: it is no longer shown and counts as removed, swept or not. */
export function isExpired(download: Pick<Download, "expiresAt">, now: number): boolean {
  return download.expiresAt !== null && download.expiresAt <= now;
}

function assertUnfinished(download: Download, verb: string): void {
  if (isFinished(download)) throw new TypeError(`can't ${verb} a download that is ${download.state}`);
}

function assertReady(download: Download, verb: string): void {
  if (download.state !== "ready") throw new TypeError(`can't ${verb} a download that is ${download.state}`);
}

/** Returns its holder. */
function assertHeld(download: Download, verb: string): string {
  if (download.state === "processing" && download.node !== null) return download.node;
  throw new TypeError(`can't ${verb} a download that is ${download.state} and held by ${download.node}`);
}
