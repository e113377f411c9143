/** @module Promises about files whose generator changes while they are generated. */

import { CONTINUING, REVISION_WAIT_MS, WAITING } from "../generators.ts";
import { short } from "../history.ts";
import type { Invariant } from "../invariant.ts";
import type { World } from "../world.ts";

export const oneRevision: Invariant = {
  name: "a file's revision is one",
  on: {
    /** If the bytes of two revisions differ, the write that changes the revision voids the earlier checkpoints. */
    write({ before, after }) {
      if (!before?.revision || before.id !== after?.id || after.revision === before.revision) return null;
      const isRight = after.kind === CONTINUING || after.freshSince === after.epoch;
      return !isRight && `${short(after.id)} went on from ${before.revision} to ${after.revision}`;
    },
    "run began"({ run, revision }, { records }) {
      const download = records.unfinished(run.downloadId);
      if (!download || download.epoch !== run.epoch || download.revision === revision) return null;
      return `${short(download.id)} is of ${download.revision}, and made by ${revision}`;
    },
  },
};

/** Clocks run up to five percent too fast. */
const LEAST_SHARE = 0.9;

export const revisionsWait: Invariant = {
  name: "a file waits for its revision where its generator says so",
  on: {
    write({ before, after, by }, world) {
      if (!after) return null;
      const held = heldIn(world);
      const since = held.get(after.id) ?? 0;
      const now = world.clock.monotonic();
      if (before?.id !== after.id || before.epoch !== after.epoch || before.node !== after.node)
        held.set(after.id, now);
      if (after.kind !== WAITING || before?.id !== after.id || !before.revision) return null;
      if (after.revision === before.revision || now - since >= LEAST_SHARE * REVISION_WAIT_MS) return null;
      return `${by.name} made ${short(after.id)} anew ${Math.round(now - since)} ms after it was held`;
    },
  },
};

const heldByWorld = new WeakMap<World, Map<string, number>>();

/** The time when each download got its current holder, or lost its last one. */
function heldIn(world: World): Map<string, number> {
  const held = heldByWorld.get(world) ?? new Map();
  heldByWorld.set(world, held);
  return held;
}
