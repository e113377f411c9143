/** @module What accepted writes must never do to a record. */

import { isDeepStrictEqual } from "node:util";
import { type Download, isFinished } from "../../../src/download/download.ts";
import { isExpired, isOver } from "../../../src/download/transitions.ts";
import { short } from "../history.ts";
import type { Invariant } from "../invariant.ts";
import type { Write } from "../records.ts";

/** A write that changes a download, rather than one that creates or removes it, or postpones the expiry of its copy. */
function change({ before, after }: Write): { before: Download; after: Download } | null {
  return before && after && before.id === after.id && !after.isReplaced ? { before, after } : null;
}

export const onePerSlot: Invariant = {
  name: "a slot has at most one unfinished download",
  on: {
    write({ before, after }) {
      if (!before || !after || before.id === after.id || isFinished(before)) return null;
      return `${short(after.id)} took the slot of ${short(before.id)}, which is ${before.state}`;
    },
  },
};

export const fenced: Invariant = {
  name: "no write of a superseded epoch is accepted",
  on: {
    write(write) {
      const changed = change(write);
      if (!changed) return null;
      const { before, after } = changed;
      if (after.epoch === before.epoch + 1) return null;
      if (after.epoch !== before.epoch) return `epoch ${before.epoch} became ${after.epoch}`;
      if (before.node === write.by.id) return null;
      return `${write.by.id} wrote in epoch ${before.epoch}, which ${before.node} holds`;
    },
  },
};

export const oneHolderPerEpoch: Invariant = {
  name: "an epoch has one holder",
  on: {
    write(write) {
      const { before, after } = change(write) ?? {};
      if (!before || !after || after.node === null || isFinished(after)) return null;
      if (after.epoch === before.epoch && after.node !== before.node) {
        return `epoch ${after.epoch} went from ${before.node} to ${after.node}`;
      }
      return after.epoch > before.epoch && after.node !== write.by.id
        ? `${write.by.id} claimed for ${after.node}`
        : null;
    },
  },
};

export const finishedIsFinal: Invariant = {
  name: "finished is final",
  on: {
    write(write) {
      const { before } = change(write) ?? {};
      return before && isFinished(before) && `a download that was ${before.state} was written`;
    },
  },
};

export const progressNeverFalls: Invariant = {
  name: "progress never falls",
  on: {
    write(write) {
      const { before, after } = change(write) ?? {};
      if (!before || !after) return null;
      return fallOf(before, after);
    },
    "status seen"({ status, before, client }) {
      const fall = before && fallOf(before.download, status.download);
      return fall && `${client.name} saw it: ${fall}`;
    },
  },
};

function fallOf(before: Download, after: Download): string | null {
  const [was, is] = [before.progress, after.progress];
  if (is.done < was.done) return `done fell from ${was.done} to ${is.done}`;
  if ((is.fraction ?? 0) < (was.fraction ?? 0)) return `fraction fell from ${was.fraction} to ${is.fraction}`;
  return null;
}

export const fullMeansReady: Invariant = {
  name: "100 % is shown only when the file can be fetched",
  on: {
    write({ after }) {
      if (!after || (after.progress.fraction === 1) === (after.state === "ready")) return null;
      return `${after.state} with fraction ${after.progress.fraction}`;
    },
  },
};

export const workIsKept: Invariant = {
  name: "a checkpoint is kept until the end or the last attempt",
  on: {
    write(write) {
      const { before, after } = change(write) ?? {};
      if (!before?.checkpoint || !after || isFinished(after)) return null;
      if (!after.checkpoint) return after.failures === before.failures && "the checkpoint was dropped";
      const [was, is] = [before.checkpoint.size, after.checkpoint.size];
      return is < was && `the checkpoint fell from ${was} to ${is} bytes`;
    },
  },
};

export const takeoversAreCounted: Invariant = {
  name: "a takeover counts as a handover, nothing else does, and a checkpoint with more bytes clears the count",
  on: {
    write(write) {
      const { before, after } = change(write) ?? {};
      if (!before || !after || after.error?.code === "generation-timed-out") return null;
      const gained = (after.checkpoint?.size ?? 0) > (before.checkpoint?.size ?? 0);
      if (gained) return after.handovers !== 0 && `${after.handovers} handovers at a new checkpoint`;
      const isTakeover =
        before.node !== null && before.node !== after.node && after.epoch > before.epoch ? 1 : 0;
      const counted = after.handovers - before.handovers;
      return counted !== isTakeover && `${before.node} -> ${after.node} counted ${counted}`;
    },
  },
};

export const limitsHold: Invariant = {
  name: "a download that kills its holders ends",
  on: {
    write({ after }, { settings }) {
      if (!after || isFinished(after) || after.handovers < settings.maxHandovers) return null;
      return `${after.handovers} handovers and still ${after.state}`;
    },
  },
};

/** A claim may take this long: a node that was discovered meanwhile could not be known to be alive. */
const SLOW_CLAIM_MS = 2_500;

export const strangersGetGrace: Invariant = {
  name: "a holder is taken for dead for a reason: membership's word, or a lease of not knowing it",
  on: {
    write(write, { clock, membership, settings }) {
      const { before, after } = change(write) ?? {};
      const { by } = write;
      if (!before?.node || !after?.node || before.node === after.node || after.node !== by.id) return null;
      const view = membership.viewOf(by);
      if (!view || view.everGone.has(before.node)) return null;
      const seenMs = clock.monotonic() - (view.seenSince.get(before.node) ?? Number.POSITIVE_INFINITY);
      if (seenMs > SLOW_CLAIM_MS) return `${by.id} took over from ${before.node}, which it sees`;
      const upMs = clock.monotonic() - by.startedAt;
      return (
        upMs < 0.9 * settings.leaseMs &&
        `${by.id} took over from ${before.node}, which it never heard of, after ${upMs} ms`
      );
    },
  },
};

export const removedOnPurpose: Invariant = {
  name: "an unfinished download goes only when its user removes it",
  on: {
    write({ before, after }, { removalAsked }) {
      if (!before || after || isFinished(before) || removalAsked.has(before.id)) return null;
      return `${short(before.id)} was removed while ${before.state}`;
    },
  },
};

export const keptForItsTime: Invariant = {
  name: "a file goes when its time and the grace for its readers are over, or its user removes it",
  on: {
    write({ before, after, by }, { removalAsked, settings, wereClocksSet }) {
      if (
        before?.state !== "ready" ||
        before.isReplaced ||
        after ||
        removalAsked.has(before.id) ||
        wereClocksSet
      )
        return null;
      const leftMs = (before.expiresAt ?? 0) + settings.graceMs - by.clock.now();
      return (
        !isOver(before, by.clock.now(), settings.graceMs) && `${short(before.id)} had ${leftMs} ms to stay`
      );
    },
  },
};

export const repeatsMakeNothing: Invariant = {
  name: "a repeat of a request does not make its file again",
  on: {
    write({ before, after, by }) {
      if (!before || !after || before.id === after.id || after.requestKey === null) return null;
      if (after.requestKey !== before.requestKey || isExpired(before, by.clock.now())) return null;
      return `${short(after.id)} replaced ${short(before.id)}, which the same request had made`;
    },
  },
};

export const askedIsGiven: Invariant = {
  name: "a user gets the download that was asked for",
  on: {
    accepted({ id, wish }, { records }) {
      const download = records.lastOf(id);
      if (!download) return null;
      const { user, slot, kind, params } = download;
      const given = { user, slot, kind, params };
      return !isDeepStrictEqual(given, wish) && `${JSON.stringify(given)} for ${JSON.stringify(wish)}`;
    },
  },
};
