/** @module Promises about finished downloads, in the slot and in the history. */

import { isDeepStrictEqual } from "node:util";
import { isFinished } from "../../../src/download/download.ts";
import { isExpired } from "../../../src/download/transitions.ts";
import { short } from "../history.ts";
import type { Invariant } from "../invariant.ts";
import { twinOf } from "./record.ts";

export const finishedIsSomewhere: Invariant = {
  name: "a finished download is in its slot or in the history, or was removed by its owner",
  on: {
    write({ before, after }, { records, removalAsked, latestNow, settings }) {
      if (!before || !isFinished(before) || after?.id === before.id) return null;
      if (records.archived(before.id) || removalAsked.has(before.id)) return null;
      if (twinOf(before, records.inHistory())) return null;
      // Another node had archived it, and it has expired since.
      const last = records.lastOf(before.id) ?? before;
      return (
        !isExpired(last, latestNow - settings.graceMs) &&
        `${short(before.id)} left its slot, and the history has none`
      );
    },
  },
};

export const historyIsFinal: Invariant = {
  name: "what is in the history is finished and stays as it was, but for the end of its time",
  on: {
    "history written"({ id, before, after }) {
      if (after && !isFinished(after)) return `${short(id)} is ${after.state} in the history`;
      if (!before || !after) return null;
      const isSame = isDeepStrictEqual({ ...before, expiresAt: null }, { ...after, expiresAt: null });
      return (!isSame || (after.expiresAt ?? 0) > (before.expiresAt ?? 0)) && `${short(id)} was changed`;
    },
  },
};

export const historyIsWhatFinished: Invariant = {
  name: "the history has what its slot said",
  on: {
    "history written"({ id, before, after }, { records }) {
      if (before || !after) return null;
      const inSlot = records.inSlotOf(after);
      if (inSlot?.id !== id) return null;
      return !isDeepStrictEqual(inSlot, after) && `${short(id)} differs from its slot`;
    },
  },
};

export const removedStaysAway: Invariant = {
  name: "what its owner removed does not come back",
  on: {
    "history written": ({ id, before, after }, { removed }) =>
      !before && after && removed.has(id) && `${short(id)} came back into the history`,
    write: ({ before, after }, { removed }) =>
      after && before?.id !== after.id && removed.has(after.id) && `${short(after.id)} came back into a slot`,
  },
};

export const keptForItsTime: Invariant = {
  name: "a file goes when its time and the grace for its readers are over, or its user removes it",
  on: {
    "history written"({ id, before, after, by }, { records, removalAsked, settings, wereClocksSet }) {
      if (before?.state !== "ready" || after || removalAsked.has(id) || wereClocksSet) return null;
      if (twinOf(before, records.inHistory())) return null;
      const leftMs = (before.expiresAt ?? 0) + settings.graceMs - by.clock.now();
      return leftMs > 0 && `${short(id)} had ${leftMs} ms to stay`;
    },
  },
};

export const onlyTheOldestGiveWay: Invariant = {
  name: "a file's time is cut short only where its user has as many newer ones as are kept",
  on: {
    "history written"({ id, before, after, by }, { records, removalAsked, settings, wereClocksSet }) {
      if (!before || !after || after.expiresAt === before.expiresAt || wereClocksSet) return null;
      const newer = records
        .inHistory()
        .filter(({ user, id: other }) => user === after.user && other !== id)
        .filter((other) => !isExpired(other, by.clock.now() - APART_MS))
        .filter(({ finishedAt }) => (finishedAt ?? 0) >= (after.finishedAt ?? 0) - APART_MS);
      // One that its user removed meanwhile may have been counted, and one that a repeated request made and took back.
      const counted = records.inHistory();
      const removed = records
        .everOf(after.user)
        .filter(
          (one) =>
            removalAsked.has(one.id) ||
            (!counted.some(({ id: other }) => other === one.id) && twinOf(one, counted)),
        );
      return (
        newer.length + removed.length < settings.keepPerUser &&
        `${short(id)} gave way to ${newer.length} newer ones`
      );
    },
  },
};

/** Clocks that nobody sets differ by at most this much, and drift; milliseconds. */
const APART_MS = 10_000;
