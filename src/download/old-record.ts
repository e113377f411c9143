/** @module Splits a record of format 1 or earlier, which contained all data of its download, into today's parts. */

import { downloadOf } from "./codec.ts";
import { type Download, isFinished } from "./download.ts";
import { checkpointOf, type Decoded, decode } from "./fields.ts";
import type { Mark, Saved } from "./work.ts";

const LAST_OLD_FORMAT = 1;

export interface Divided {
  /** Unfinished for its slot, finished for the history. */
  download: Download;
  /** Null for a finished one. */
  mark: Mark | null;
  /** Null for a finished one, and if nothing was saved. */
  saved: Saved | null;
}

/** For the migration of an older store. Never throws. */
export function divided(text: string): Decoded<Divided> {
  return decode(text, LAST_OLD_FORMAT, ({ checkpoint: old, isReplaced, ...fields }) => {
    const download = downloadOf(fields);
    if (isFinished(download)) return { download, mark: null, saved: null };
    const { epoch, failures, ranMs, progress } = download;
    const ran = { epoch, attempt: failures, ranMs };
    const checkpoint = checkpointOf(old);
    return {
      download,
      mark: { ...ran, progress },
      saved: checkpoint && { ...ran, checkpoint, madeIn: epoch },
    };
  });
}
