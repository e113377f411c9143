/** @module Promises about waiting downloads, including those of kinds that no node makes. */

import type { Download } from "../../../src/download/download.ts";
import { short } from "../history.ts";
import type { Invariant } from "../invariant.ts";
import type { SimNode } from "../node.ts";
import type { World } from "../world.ts";

/** The longest backoff, a lease, a look at the queue after an engine failure, and a little more; seconds. */
const MOST_WAITED_S = 15;

export const nobodyWaitsInVain: Invariant = {
  name: "who waits begins soon where a place is free",
  on: {
    "calm second over"(_, world) {
      const waited = waitedIn(world);
      for (const download of world.records.inSlots()) {
        const free =
          download.state === "pending" && world.nodes.find((node) => hasRoom(world, node, download));
        const seconds = free ? (waited.get(download.id) ?? 0) + 1 : 0;
        waited.set(download.id, seconds);
        if (free && seconds > MOST_WAITED_S)
          return `${short(download.id)} waits, ${free.name} has a place for it`;
      }
      return null;
    },
  },
};

function hasRoom(world: World, node: SimNode, { kind }: Download): boolean {
  const isolation = node.kinds.get(kind);
  return (
    isolation !== undefined && node.takes(kind) && world.running(node, isolation) < node.places[isolation]
  );
}

const waitedByWorld = new WeakMap<World, Map<string, number>>();

function waitedIn(world: World): Map<string, number> {
  const waited = waitedByWorld.get(world) ?? new Map();
  waitedByWorld.set(world, waited);
  return waited;
}

export const placesHold: Invariant = {
  name: "a node runs no more than it has places for",
  on: {
    "run began"({ run }, world) {
      const node = world.nodes.find(({ machine }) => machine === run.machine);
      const kind = world.records.lastOf(run.downloadId)?.kind;
      const isolation = kind === undefined ? undefined : node?.kinds.get(kind);
      if (!node || isolation === undefined) return null;
      const count = world.running(node, isolation);
      return (
        count > node.places[isolation] && `${node.name} runs ${count} in ${node.places[isolation]} places`
      );
    },
  },
};

export const holdersCanMake: Invariant = {
  name: "a holder can make what it holds",
  on: {
    write({ before, after, by }, world) {
      if (!after || after.node === null || (before?.id === after.id && before.epoch === after.epoch))
        return null;
      const node = world.nodes.find(({ machine }) => machine === by);
      return node && !node.kinds.has(after.kind) && `${node.name} holds ${short(after.id)}, a ${after.kind}`;
    },
  },
};

/** Clocks that nobody sets differ by at most this much, and drift; milliseconds. */
const APART_MS = 10_000;

export const unmakeableEnds: Invariant = {
  name: "a request is given up as of an unknown kind only when nobody can make it, and could not for long",
  on: {
    write({ after, by }, { takenAt, clock, settings, membership, wereClocksSet }) {
      if (after?.error?.code !== "unknown-kind") return null;
      const { kind, id } = after;
      const view = membership.viewOf(by)?.members() ?? [];
      const maker = view.find(({ kinds, draining }) => !draining && kinds?.includes(kind));
      if (maker) return `${short(id)} was given up, ${maker.name} makes it`;
      // Such a long time is measured by the time of day, as nodes come and go meanwhile.
      const agoMs = clock.monotonic() - (takenAt.get(kind) ?? 0);
      const isTooSoon = !wereClocksSet && agoMs < settings.unclaimedMs - APART_MS;
      return isTooSoon && `a node could make ${short(id)} ${Math.round(agoMs)} ms ago`;
    },
  },
};
