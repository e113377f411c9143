/** @module A download as the page shows it: the server's state, plus what only an observer over time can know. */

import { isUnfinished, type PublicDownload } from "./public-download.ts";
import type { TimeRange } from "./time-left.ts";

/** Something that happened to a running download and is shown to its user for a moment. */
export type Notice = "moved" | "retrying";

export interface DownloadView extends PublicDownload {
  /** A whole number that never falls during the life of a download; 100 only when the file can be fetched. */
  percent: number | null;
  /** Everything is generated, but the file is not published yet. Or more than everything: the total was too small. */
  finishing: boolean;
  /** The last node that is known to have held it. */
  lastNode: string | null;
  notice: Notice | null;
  /** The store fills it in. */
  timeLeft: TimeRange | null;
  /** Its link was followed in this browser tab; the store fills it in. */
  fetched: boolean;
}

/**
 * The view after the server said `incoming`. Pure: the caller keeps time. `previous` is the view of the same
 * download, if there was one.
 */
export function advanceView(previous: DownloadView | undefined, incoming: PublicDownload): DownloadView {
  const fraction = highWater(previous, incoming);
  const { done, total } = incoming.progress;
  return {
    ...incoming,
    progress: { ...incoming.progress, fraction },
    percent: percentOf(incoming, fraction),
    finishing: incoming.state === "processing" && total !== null && total > 0 && done === total,
    lastNode: incoming.node ?? previous?.lastNode ?? null,
    notice: noticeOf(previous, incoming),
    timeLeft: null,
    fetched: false,
  };
}

function highWater(previous: DownloadView | undefined, incoming: PublicDownload): number | null {
  const fractions = [previous?.progress.fraction, incoming.progress.fraction].filter((f) => f != null);
  return fractions.length === 0 ? null : Math.min(1, Math.max(0, ...fractions));
}

function percentOf(incoming: PublicDownload, fraction: number | null): number | null {
  if (incoming.state === "ready") return 100;
  return fraction === null ? null : Math.min(99, Math.floor(fraction * 100 + 1e-9));
}

/** A claim after the first shows as a higher epoch: on another node it moved, on the same one it is a new attempt. */
function noticeOf(previous: DownloadView | undefined, incoming: PublicDownload): Notice | null {
  if (!previous || !isUnfinished(incoming)) return null;
  if (incoming.epoch <= previous.epoch || previous.lastNode === null) return previous.notice;
  if (incoming.node === null) return previous.notice;
  return incoming.node === previous.lastNode ? "retrying" : "moved";
}
