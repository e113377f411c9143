/** @module Promises to be kept once faults are over and time has passed. */

import { type Download, isFinished } from "../../../src/download/download.ts";
import { isExpired } from "../../../src/download/transitions.ts";
import type { Client } from "../client.ts";
import { short } from "../history.ts";
import type { Invariant } from "../invariant.ts";
import type { World } from "../world.ts";

/** A record this close to its expiry may be shown or not, since clocks differ; milliseconds. */
const NEAR_MS = 5_000;

export const acceptedEnds: Invariant = {
  name: "every accepted download ends",
  on: {
    accepted: ({ id }, { records }) => !records.lastOf(id) && `${short(id)} was accepted and never written`,
    rest(_, { records, accepted, removalAsked }) {
      for (const download of records.inSlots()) {
        if (!isFinished(download)) {
          return `${short(download.id)} is still ${download.state}, held by ${download.node}, epoch ${download.epoch}`;
        }
      }
      for (const id of accepted) {
        const last = records.lastOf(id);
        const isTaken = removalAsked.has(id) || records.overwritten.has(id);
        if (!last || (!isFinished(last) && !isTaken)) return `${short(id)} was lost`;
      }
      return null;
    },
  },
};

export const runsEnd: Invariant = {
  name: "nothing runs when everything is finished",
  on: {
    rest: (_, { runs }) => {
      const [run] = runs;
      return run && `${run.machine.name} still runs ${short(run.downloadId)} in epoch ${run.epoch}`;
    },
  },
};

export const clientsCatchUp: Invariant = {
  name: "a snapshot and the events after it give the record",
  on: {
    rest(_, world) {
      for (const client of world.clients) {
        const wrong = client.hasSnapshot ? differenceOf(client, world) : `${client.name} is not connected`;
        if (wrong) return wrong;
      }
      return null;
    },
  },
};

function differenceOf(
  { name, user, shown }: Client,
  { records, latestNow, removed, removalAsked }: World,
): string | null {
  const left = new Map(shown);
  for (const download of records.all()) {
    if (download.user !== user) continue;
    const status = left.get(download.id);
    left.delete(download.id);
    if (isExpired(download, latestNow + NEAR_MS)) continue;
    if (!status) return `${name} is not shown ${short(download.id)}, which is ${download.state}`;
    if (JSON.stringify(status.download) !== JSON.stringify(download)) {
      const { state, epoch } = status.download;
      return `${name} is shown ${short(download.id)} as ${state} e${epoch}, it is ${download.state} e${download.epoch}`;
    }
    if (status.position !== null)
      return `${name} is shown a position of ${short(download.id)}, which is finished`;
  }
  // A record swept by one node's clock may still be shown by another node, for as long as their clocks differ.
  const ghost = [...left.keys()].find((id) => {
    const last = records.lastOf(id);
    // A removal that was not confirmed may have been carried out before its node could answer.
    const isHalfRemoved = removalAsked.has(id) && !removed.has(id);
    return !last || (!isHalfRemoved && !isExpired(last, latestNow));
  });
  return ghost === undefined ? null : `${name} is shown ${short(ghost)}, which is gone`;
}

export const filesAreThere: Invariant = {
  name: "no part of a served file is missing",
  on: {
    rest(_, { records, parts, latestNow, removalAsked }) {
      for (const download of records.all()) {
        // A removal that was not answered may have removed the bytes already.
        if (removalAsked.has(download.id)) continue;
        if (isExpired(download, latestNow + NEAR_MS)) continue;
        for (const part of download.file?.parts ?? []) {
          const fault = parts.faultOf(part);
          if (fault) return fault;
        }
      }
      return null;
    },
  },
};

function idOf(key: string): string {
  return key.slice(0, key.indexOf("/"));
}

export const nothingUnowned: Invariant = {
  name: "nothing unowned remains after the sweep",
  on: {
    swept(_, { records, parts, earliestNow, settings }) {
      const named = new Set(
        records.inHistory().flatMap(({ file }) => (file?.parts ?? []).map(({ key }) => key)),
      );
      // Data stored for an unreadable record may belong to another release.
      const isAnothers = (id: string) => records.overwritten.has(id);
      const left = parts.keys().filter((key) => !named.has(key) && !isAnothers(idOf(key)));
      if (left.length > 0) return `no record names ${left.join(" ")}`;
      const isOver = (download: Download) => isExpired(download, earliestNow - NEAR_MS - settings.graceMs);
      const over = records.inHistory().find(isOver);
      return over && `${short(over.id)} is expired and still there`;
    },
  },
};

export const nothingHalfDone: Invariant = {
  name: "no slot and no work is left when all is archived",
  on: {
    swept(_, { records }) {
      const [slot] = records.inSlots();
      if (slot) return `${short(slot.id)} is still in its slot, ${slot.state}`;
      const { marks, saved } = records.store;
      const works = [...marks.keys(), ...saved.keys()].map((key) => key.slice(key.indexOf(".") + 1));
      const left = works.find((id) => !records.overwritten.has(id));
      return left && `the work on ${short(left)} is still there`;
    },
  },
};
