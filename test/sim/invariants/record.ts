/** @module Changes that accepted writes must never make to a record. */

import { isDeepStrictEqual } from "node:util";
import { type Download, isFinished } from "../../../src/download/download.ts";
import { isExpired } from "../../../src/download/transitions.ts";
import { short } from "../history.ts";
import type { Invariant } from "../invariant.ts";
import type { Write } from "../records.ts";

/** A write that changes a download, rather than creating or removing it. */
function change({ before, after }: Write): { before: Download; after: Download } | null {
  return before && after && before.id === after.id ? { before, after } : null;
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
    write(write, { records }) {
      const { before, after } = change(write) ?? {};
      if (!before || !after) return null;
      const mark = records.markOf(after);
      return fallOf(before, after) ?? (isFinished(after) && mark ? fallOf(mark, after) : null);
    },
    marked: ({ before, after }) => before && after && fallOf(before, after),
    "status seen"({ status, before, client }) {
      const fall = before && fallOf(before.download, status.download);
      return fall && `${client.name} saw it: ${fall}`;
    },
  },
};

function fallOf(before: Pick<Download, "progress">, after: Pick<Download, "progress">): string | null {
  const [was, is] = [before.progress, after.progress];
  if (is.done < was.done) return `done fell from ${was.done} to ${is.done}`;
  if ((is.fraction ?? 0) < (was.fraction ?? 0)) return `fraction fell from ${was.fraction} to ${is.fraction}`;
  return null;
}

export const seenGoesOn: Invariant = {
  name: "what a browser sees only moves on: no earlier holder, nothing unfinished after its end, nothing after it is gone, nothing twice",
  on: {
    "status seen"({ status: { download }, before, client, wasGone, isRepeated }) {
      const who = `${client.name} sees ${short(download.id)}`;
      if (wasGone) return `${who}, which it was told is gone`;
      if (isRepeated) return `${who} twice in one snapshot`;
      if (!before) return null;
      const { epoch } = before.download;
      if (download.epoch < epoch) return `${who} in epoch ${download.epoch} after ${epoch}`;
      return isFinished(before.download) && !isFinished(download) ? `${who} unfinished again` : null;
    },
  },
};

export const fullMeansReady: Invariant = {
  name: "100 % is shown only when the file can be fetched",
  on: {
    write({ after }) {
      if (!after || (after.progress.fraction === 1) === (after.state === "ready")) return null;
      return `${after.state} with fraction ${after.progress.fraction}`;
    },
    marked: ({ after }) => after?.progress.fraction === 1 && "a mark with fraction 1",
  },
};

export const takeoversAreCounted: Invariant = {
  name: "a takeover counts as a handover, nothing else does, and the count is cleared by a checkpoint with more bytes",
  on: {
    write(write, { records }) {
      const { before, after } = change(write) ?? {};
      if (!before || !after || after.error?.code === "generation-timed-out") return null;
      if (after.handovers === 0 && before.handovers > 0) {
        const isGained = records.savedOf(after)?.madeIn === after.epoch;
        return isGained ? null : `${before.handovers} handovers were forgotten without a checkpoint`;
      }
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
    write({ before, after }, { removalAsked, records }) {
      if (!before || after || isFinished(before) || removalAsked.has(before.id)) return null;
      return !twinOf(before, records.inHistory()) && `${short(before.id)} was removed while ${before.state}`;
    },
  },
};

/** Created by the same request, which was repeated while it was carried out. */
export function twinOf(
  { id, user, requestKey }: Download,
  others: readonly Download[],
): Download | undefined {
  return others.find((one) => {
    return one.id !== id && one.user === user && requestKey !== null && one.requestKey === requestKey;
  });
}

export const repeatsMakeNothing: Invariant = {
  name: "a repeat of a request does not make its file again",
  on: {
    accepted({ id }, { records, latestNow, accepted, removalAsked }) {
      const download = records.lastOf(id);
      const twin = download && twinOf(download, records.all());
      if (!twin || !accepted.has(twin.id) || removalAsked.has(id)) return null;
      // For a node whose clock is ahead either has expired, and a repeat is a new request.
      if (isExpired(twin, latestNow) || isExpired(download, latestNow)) return null;
      return `${short(id)} was made beside ${short(twin.id)}, which the same request had made`;
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
