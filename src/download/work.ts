/** @module The work on a download: its holder's progress, and the point from which the next holder resumes. */

import type { Checkpoint, Checkpoints, Download, Progress } from "./download.ts";
import { furthest, progressAfter, STARTING_AGAIN, startingAgain, type Tick } from "./progress.ts";

/** Both parts of the work record an attempt's running time: either may be the last write of a holder that died. */
interface Ran {
  /** Raised by the next holder before it starts: from then on writes of older holders are refused. */
  epoch: number;
  /** Number of failures so far: `ranMs` belongs to the attempt after them. */
  attempt: number;
  ranMs: number;
}

/** Small, written with every tick. Its progress keeps the high-water marks of the download. */
export interface Mark extends Ran {
  progress: Progress;
}

/** Written when a checkpoint is saved, apart from the mark, so that a tick never rewrites it. */
export interface Saved extends Ran {
  /** Null if a holder took over before anything was saved. */
  checkpoint: Checkpoint | null;
  /** The epoch whose holder made the checkpoint. */
  madeIn: number;
  /** How many checkpoints were saved so far, by all holders, and when the last one was. Omitted before the first. */
  checkpoints?: Checkpoints;
}

/** What a holder starts with. */
export interface Resumed {
  progress: Progress;
  checkpoint: Checkpoint | null;
  ranMs: number;
}

/** What the holder of this record resumes from, given the work of earlier holders. */
export function resumed(download: Download, mark: Mark | null, saved: Saved | null): Resumed {
  const counts = saved !== null && saved.madeIn >= download.freshSince;
  return {
    progress: progressWith(download, mark),
    checkpoint: counts ? saved.checkpoint : null,
    ranMs: Math.max(
      download.ranMs,
      mark !== null && mark.epoch >= download.freshSince ? ranIn(download, mark) : 0,
      counts ? ranIn(download, saved) : 0,
    ),
  };
}

/** The progress to show: an unfinished record's mark is newer than the record, a finished record is final. */
export function progressWith(download: Download, mark: Mark | null): Progress {
  const isOver = download.state === "ready" || download.state === "error";
  if (mark === null || isOver) return download.progress;
  const shown = furthest(download.progress, mark.progress);
  // The message was about the earlier bytes, not about those to come.
  const isAnew = mark.epoch < download.freshSince && download.progress.message === STARTING_AGAIN;
  return isAnew ? startingAgain(shown) : shown;
}

/**
 * The progress to show of an unfinished download whose record has changed, given the progress last shown: marks that
 * were shown are newer than the record, unless the file starts over.
 */
export function progressSince(shown: Download, download: Download): Progress {
  const progress = furthest(download.progress, shown.progress);
  const isAnew = download.freshSince > shown.freshSince && download.progress.message === STARTING_AGAIN;
  return isAnew ? startingAgain(progress) : progress;
}

/** The mark under a new holder: the same progress in its epoch. */
export function takenMark({ epoch, failures }: Download, { progress, ranMs }: Resumed): Mark {
  return { epoch, attempt: failures, ranMs, progress };
}

/** The saved part under a new holder: the same checkpoint in its epoch. */
export function takenSaved(download: Download, saved: Saved | null): Saved {
  const { epoch, failures } = download;
  if (saved === null) return { epoch, attempt: failures, ranMs: 0, checkpoint: null, madeIn: 0 };
  return { ...saved, epoch };
}

/** The progress after a tick: never less than before. */
export function advanced(mark: Mark, tick: Tick, etaMs: number | null, ranMs: number): Mark {
  return { ...mark, ranMs, progress: progressAfter(mark.progress, tick, etaMs) };
}

function ranIn(download: Download, ran: Ran): number {
  return ran.attempt === download.failures ? ran.ranMs : 0;
}
