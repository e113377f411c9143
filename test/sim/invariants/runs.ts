/** @module Promises about runs. */

import { STALL_MS, TIMEOUT_MS } from "../generators.ts";
import { short } from "../history.ts";
import type { Invariant } from "../invariant.ts";
import { claimOf, type RunSeen } from "../runs.ts";
import type { World } from "../world.ts";

/**
 * A connected node finds out within this time that its claim has ended: the longest message delay of all weather, and a
 * little more. Milliseconds.
 */
const FENCING_MS = 2_500;

/** True while the record says that this run's node holds this download in this epoch. */
function isHeld({ records }: World, { downloadId, machine, epoch }: RunSeen): boolean {
  const download = records.byId(downloadId);
  return download?.state === "processing" && download.node === machine.id && download.epoch === epoch;
}

export const holdersRun: Invariant = {
  name: "only a holder runs a download, once per epoch",
  on: {
    "run began"({ run }, { runs }) {
      if (run.epoch === null) return `${run.machine.name} runs ${short(run.downloadId)} and never held it`;
      for (const other of runs) {
        if (other !== run && other.downloadId === run.downloadId && other.epoch === run.epoch) {
          return `two runs of ${short(run.downloadId)} in epoch ${run.epoch}`;
        }
      }
      return null;
    },
  },
};

export const epochsBeginOnce: Invariant = {
  name: "an epoch is begun once, or again after an interruption: what is left of an earlier run can't meet a later one",
  on: {
    "run began"({ run }, world) {
      const begun = begunIn(world);
      const claim = claimOf(run);
      if (begun.has(claim) && !world.interrupted.delete(claim))
        return `epoch ${run.epoch} of ${short(run.downloadId)} was begun again`;
      begun.add(claim);
      return null;
    },
  },
};

const begunByWorld = new WeakMap<World, Set<string>>();

function begunIn(world: World): Set<string> {
  const begun = begunByWorld.get(world) ?? new Set();
  begunByWorld.set(world, begun);
  return begun;
}

export const interruptionsAreNoFailures: Invariant = {
  name: "only an attempt that came to its own end counts as failed, not one beside which a process died",
  on: {
    write({ after }, world) {
      const attempts = after ? world.attempts(after.id) : 0;
      return after && after.failures > attempts && `${after.failures} failures in ${attempts} attempts`;
    },
  },
};

export const gripIsKept: Invariant = {
  name: "a run is given up only for a reason",
  on: {
    "run given up"({ run }, world) {
      const { machine } = run;
      if (machine.isDraining || !isHeld(world, run)) return null;
      const now = machine.clock.monotonic();
      const isSilent = run.waiting === 0 && now - run.lastSignAt >= STALL_MS - 1;
      // One time limit covers an attempt on all its holders.
      if (isSilent || world.ranMs(run.downloadId) + now - run.beganAt >= TIMEOUT_MS - 1) return null;
      return `${machine.name} gave up ${short(run.downloadId)}, which it holds in epoch ${run.epoch}`;
    },
  },
};

/** A claim that ends sets a deadline for the run that belonged to it. */
export const fencingIsQuick: Invariant = {
  name: "no download runs on two nodes for longer than the fencing delay",
  on: {
    write({ before, after }, world) {
      if (!before || (after?.id === before.id && after.epoch === before.epoch)) return;
      for (const run of world.runs) {
        if (run.downloadId === before.id && !isHeld(world, run)) watch(world, run);
      }
    },
    "run outlived its claim": ({ run }) =>
      `${run.machine.name} still runs ${short(run.downloadId)} in epoch ${run.epoch}`,
  },
};

const watched = new WeakSet<RunSeen>();

function watch(world: World, run: RunSeen): void {
  if (watched.has(run)) return;
  watched.add(run);
  let heardMs = 0;
  const look = () => {
    if (run.isOver || run.machine.gate.isDead) return;
    const { machine } = run;
    const isDeaf = machine.isCutOff || !machine.gate.isOpen || world.clock.monotonic() < machine.deafUntil;
    heardMs = isDeaf ? 0 : heardMs + 100;
    if (heardMs > FENCING_MS) world.happened({ type: "run outlived its claim", run });
    else world.clock.after(100, look);
  };
  look();
}

export const drainsArrive: Invariant = {
  name: "a drain that is confirmed has begun",
  on: {
    "drain confirmed": ({ machine, draining }) =>
      !machine.gate.isDead && draining === false && `${machine.name} takes downloads as before`,
  },
};

export const noCallStorms: Invariant = {
  name: "a node does not storm its engine",
  on: {
    "second over"({ machine, repoCalls }) {
      return repoCalls > 250 && `${machine.name} made ${repoCalls} calls in a second`;
    },
  },
};
