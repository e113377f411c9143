/** @module The work on a download as it is stored: text with a format version, as for records. */

import {
  checkpointOf,
  checkpointsOf,
  countOf,
  type Decoded,
  decode,
  durationOf,
  type Fields,
  isObject,
  progressOf,
  Wrong,
} from "./fields.ts";
import type { Mark, Saved } from "./work.ts";

/** See `RECORD_FORMAT`. */
export const WORK_FORMAT = 1;

export function encodeMark(mark: Mark): string {
  return JSON.stringify({ v: WORK_FORMAT, ...mark });
}

export function encodeSaved(saved: Saved): string {
  return JSON.stringify({ v: WORK_FORMAT, ...saved });
}

/** Never throws. */
export function decodeMark(text: string): Decoded<Mark> {
  return decode(text, WORK_FORMAT, (fields) => {
    if (!isObject(fields.progress)) throw new Wrong("its progress is missing or wrong");
    return { ...fields, ...ranOf(fields), progress: progressOf(fields.progress) };
  });
}

/** Never throws. */
export function decodeSaved(text: string): Decoded<Saved> {
  return decode(text, WORK_FORMAT, (fields) => {
    if (fields.checkpoint === undefined) throw new Wrong("its checkpoint is missing or wrong");
    const checkpoint = checkpointOf(fields.checkpoint);
    const { checkpoints, ...others } = fields;
    return {
      ...others,
      ...ranOf(fields),
      checkpoint,
      madeIn: countOf(fields, "madeIn"),
      ...(isObject(checkpoints) && { checkpoints: checkpointsOf(checkpoints) }),
    };
  });
}

function ranOf(fields: Fields): Pick<Mark, "epoch" | "attempt" | "ranMs"> {
  return {
    epoch: countOf(fields, "epoch"),
    attempt: countOf(fields, "attempt"),
    ranMs: durationOf(fields, "ranMs"),
  };
}
