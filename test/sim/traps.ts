/** @module Troubles that wait for a certain call of a node, for moments that chance alone rarely meets. */

import type { Download } from "../../src/download/download.ts";
import { keyOf } from "../../src/download/key.ts";
import type { Claim } from "../../src/ports/repo.ts";
import type { Chance } from "./chance.ts";
import { KINDS } from "./generators.ts";
import type { Machine } from "./machine.ts";
import type { SimNode } from "./node.ts";
import { ask, cancel, drawWish } from "./users.ts";
import type { World } from "./world.ts";

/** A call of a node's repo. */
export interface Caught {
  machine: Machine;
  what: string;
  /** The key, the user or the record that it is about. */
  about: unknown;
}

/** What happens to it. */
export interface Mishap {
  /** Its effect is late by this much. */
  lateMs?: number;
  /** Its answer is late by this much. */
  slowMs?: number;
  /** It takes effect, but is reported as refused. */
  isLost?: boolean;
}

/** Null for a call that it does not wait for. */
export type Trap = (caught: Caught) => Mishap | null;

/** Probability, per step of a schedule with traps, that the next one is set, in place of none or of one that waits. */
const SET = 0.3;
const REPLACED = 0.05;

const TRAPS: readonly ((world: World, chance: Chance) => Trap | null)[] = [
  swappedAsItIsClaimed,
  drainedAsItsClaimIsLost,
  removedAsItsPageReads,
];

/** One trap at a time. */
export function setTrap(world: World): void {
  const chance = world.trapping;
  if (!chance?.is(world.trap ? REPLACED : SET)) return;
  const trap = chance.pick(TRAPS)(world, chance);
  if (trap) world.trap = trap;
}

/** While a node reads what it is about to claim, another kind is requested in place of it, which it has no place for. */
function swappedAsItIsClaimed(world: World, chance: Chance): Trap | null {
  const waiting = world.records.inSlots().filter(({ state, epoch }) => state === "pending" && epoch === 0);
  if (waiting.length === 0) return null;
  const { id, user, slot, kind } = chance.pick(waiting);
  return ({ machine, what, about }) => {
    const claimer = world.nodes.find((node) => node.machine === machine);
    const others = world.openNodes.filter((node) => node !== claimer);
    const kinds = KINDS.filter((other) => claimer && !hasPlaceFor(world, claimer, kind, other));
    if (what !== "fetch" || about !== keyOf({ user, slot }) || others.length === 0 || kinds.length === 0)
      return null;
    const node = chance.pick(others);
    cancel(world, node, user, id);
    const wish = { ...drawWish(world, chance), user, slot, kind: chance.pick(kinds) };
    world.clock.after(chance.whole(100, 500), () => {
      if (node.isOpen) ask(world, node, wish);
    });
    return { lateMs: chance.whole(500, 1_500) };
  };
}

/** Whether a node that has a place for one kind has one for the other as well. */
function hasPlaceFor(world: World, node: SimNode, kind: string, other: string): boolean {
  const isolation = node.kinds.get(other);
  if (isolation === undefined) return false;
  return isolation === node.kinds.get(kind) || world.running(node, isolation) < node.places[isolation];
}

/** A node claims a download, is told that it did not, and is drained before it can see that it did. */
function drainedAsItsClaimIsLost(world: World): Trap {
  return ({ machine, what, about }) => {
    if (what !== "insert" && what !== "update" && what !== "claim") return null;
    const claimed = what === "claim" ? (about as Claim).download : (about as Download);
    const epochBefore = world.records.get(keyOf(claimed))?.download.epoch ?? 0;
    if (claimed.node !== machine.id || claimed.epoch <= epochBefore) return null;
    const node = world.openNodes.find((one) => one.machine === machine);
    if (!node || world.openNodes.length < 2) return null;
    node.drain(node);
    return { isLost: true };
  };
}

/** A file is removed after a page has read that it is there, and before the answer has arrived. */
function removedAsItsPageReads(world: World, chance: Chance): Trap | null {
  const archived = world.records.inHistory();
  if (archived.length === 0 || world.openNodes.length === 0) return null;
  const { user, id } = chance.pick(archived);
  const node = chance.pick(world.openNodes);
  const client = chance.pick(world.clients.filter((one) => one.user === user));
  client.connect(node);
  return ({ machine, what, about }) => {
    const isOpen = world.openNodes.length > 0;
    if (what !== "list history" || about !== user || machine !== node.machine || !isOpen) return null;
    cancel(world, chance.pick(world.openNodes), user, id);
    return { slowMs: chance.whole(500, 2_000) };
  };
}
