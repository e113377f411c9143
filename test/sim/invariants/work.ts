/** @module Changes that accepted writes must never make to a download's work. */

import { CONTINUING } from "../generators.ts";
import { short } from "../history.ts";
import type { Invariant } from "../invariant.ts";
import type { Machine } from "../machine.ts";
import type { World } from "../world.ts";

interface Fenced {
  by: Machine;
  id: string;
  before: { epoch: number } | null;
  after: { epoch: number } | null;
}

function faultOf({ by, id, before, after }: Fenced, { records }: World): string | null {
  if (!after) return null;
  if (before && after.epoch < before.epoch) return `epoch ${before.epoch} fell to ${after.epoch}`;
  const held = by.id === null ? null : records.epochHeld(id, by.id);
  if (held === null || after.epoch > held)
    return `${by.name} wrote the work of ${short(id)} in epoch ${after.epoch}, it held ${held}`;
  return null;
}

export const workIsFenced: Invariant = {
  name: "the work is written by a holder in its own epoch, never in one that a later holder has left behind",
  on: { marked: faultOf, saved: faultOf },
};

function aboveSlot({ id, after }: Fenced, { records }: World): string | null {
  const last = records.lastOf(id);
  if (!after || !last || after.epoch <= last.epoch) return null;
  return `the work of ${short(id)} has epoch ${after.epoch}, its slot ${last.epoch}`;
}

export const workFollowsSlot: Invariant = {
  name: "the work has no epoch above its slot's",
  on: { marked: aboveSlot, saved: aboveSlot },
};

export const workIsKept: Invariant = {
  name: "a checkpoint is kept until the end or the last attempt",
  on: {
    saved({ id, before, after }, { records }) {
      const download = records.unfinished(id);
      if (!download || !before?.checkpoint) return null;
      if (!after?.checkpoint) return "the checkpoint was dropped";
      const isVoid = before.madeIn < download.freshSince;
      const [was, is] = [before.checkpoint.size, after.checkpoint.size];
      return is < was && !isVoid && `the checkpoint fell from ${was} to ${is} bytes`;
    },
    write({ before, after }) {
      if (!before || !after || before.id !== after.id || after.freshSince === before.freshSince) return null;
      const isAnew = after.revision !== before.revision && after.kind !== CONTINUING;
      return after.failures === before.failures && !isAnew && "its checkpoints were voided";
    },
    "run began"({ run, resumedBytes }, { records }) {
      const download = records.unfinished(run.downloadId);
      const saved = download && records.savedOf(download);
      if (!saved?.checkpoint || download?.epoch !== run.epoch) return null;
      const expected = saved.madeIn >= download.freshSince ? saved.checkpoint.size : 0;
      return (
        resumedBytes !== expected && `it begins at byte ${resumedBytes}, the checkpoint is at ${expected}`
      );
    },
  },
};

export const workEnds: Invariant = {
  name: "work is removed only of what is unfinished no more",
  on: {
    marked: ({ id, after }, { records }) =>
      !after && records.unfinished(id) && `the mark of ${short(id)} was removed while it is unfinished`,
    saved: ({ id, after }, { records }) =>
      !after && records.unfinished(id) && `what is saved of ${short(id)} was removed while it is unfinished`,
  },
};

export const takenBeforeBegun: Invariant = {
  name: "a holder has the work before it begins: nothing of an older one can move it any more",
  on: {
    "run began"({ run }, { records }) {
      const download = records.unfinished(run.downloadId);
      if (!download || download.epoch !== run.epoch || run.epoch === 1) return null;
      const epochs = [records.markOf(download)?.epoch, records.savedOf(download)?.epoch];
      return (
        epochs.some((epoch) => epoch !== run.epoch) &&
        `${short(run.downloadId)} begins in epoch ${run.epoch}, its work is of ${epochs.join(" and ")}`
      );
    },
  },
};
