/** @module One run of a generator while resumption is checked: begun at a checkpoint, and stopped after another. */

import { systemClock } from "../clock/system.ts";
import type { Json } from "../download/json.ts";
import { messageOf } from "../errors.ts";
import type { Clock } from "../ports/clock.ts";
import { type CheckedFile, type Resumable, resumeOf } from "./checked-file.ts";
import type { Outcome } from "./executor.ts";
import { generate, type Running } from "./generation.ts";
import type { Generator } from "./generator.ts";
import { LARGEST_STATE_BYTES } from "./limits.ts";
import { beginningOf, ResumeError } from "./resume-error.ts";
import { watched } from "./watched-generator.ts";

/** What is the same in all runs. */
export interface CheckedRuns {
  readonly generator: Generator<unknown>;
  /** JSON: each run gets its own. */
  readonly params: string;
  readonly requestedAt: number;
  readonly random: () => number;
}

export interface CheckedRun {
  /** null when it was stopped, and when the file differs. */
  readonly outcome: Outcome | null;
  /** Where the next one can resume: the checkpoint that was to be the last, or null if it was not offered. */
  readonly saved: Resumable | null;
}

/** Most writes of a run after the checkpoint that it will be resumed at: what they write is lost. */
const MOST_LOST_WRITES = 20;
/** How long an interrupted generator may take to end before the next run begins all the same. */
const LONGEST_END_MS = 5_000;
/** Waits pass at once. */
const hastyClock: Clock = { ...systemClock, sleep: () => new Promise(setImmediate) };

/** Rejects with a `ResumeError`, or with what a run from the beginning fails with. */
export async function checkedRun(
  { generator, params, requestedAt, random }: CheckedRuns,
  file: CheckedFile & { readonly difference?: unknown },
  from: Resumable | null,
  stopAt: number | null,
): Promise<CheckedRun> {
  // Twice in a row the same checkpoint: the run ends before it offers another.
  let saved = stopAt !== null && from !== null && stopAt <= from.number ? from : null;
  let writesLeft = Math.floor(random() * MOST_LOST_WRITES);
  let running: Running | undefined;
  let isStopped = false;
  const watch = {
    badProgress: null as string | null,
    onWrite() {
      if (saved === null || writesLeft-- > 0) return;
      isStopped = true;
      // Before it is there, a generator may write already.
      running?.abandon();
    },
  };
  const { onCheckpoint } = file;
  file.onCheckpoint = (checkpoint) => {
    onCheckpoint(checkpoint);
    if (checkpoint.number === stopAt) saved = checkpoint;
  };
  const job = {
    downloadId: "check",
    kind: generator.kind,
    params: JSON.parse(params) as Json,
    requestedAt,
    resume: resumeOf(from),
  };
  running = generate(watched(generator, watch), job, file, hastyClock);
  if (isStopped) running.abandon();
  const wrong = (problem: ConstructorParameters<typeof ResumeError>[0], what: string, cause?: unknown) =>
    new ResumeError(problem, `${generator.kind}: ${beginningOf(from)}, it ${what}`, {
      checkpoint: from,
      cause,
    });
  const outcome = await running.done.catch((error: unknown) => {
    if (isStopped || file.difference) return null;
    // Not a matter of resuming.
    if (from === null) throw error;
    throw wrong("failed", `fails: ${messageOf(error)}`, error);
  });
  await ended(running.returned);
  if (file.tooLargeState !== null) {
    const most = `at most ${LARGEST_STATE_BYTES}`;
    throw wrong(
      "state-too-large",
      `offers a state of ${file.tooLargeState} bytes, which is not saved: ${most}`,
    );
  }
  if (watch.badProgress !== null) throw wrong("progress-out-of-bounds", `calls ${watch.badProgress}`);
  return { outcome, saved };
}

/** Two runs at a time would disturb each other where they share something. */
async function ended(returned: Promise<void>): Promise<void> {
  const waiting = new AbortController();
  await Promise.race([returned, systemClock.sleep(LONGEST_END_MS, waiting.signal)]);
  waiting.abort();
}
