/** @module Which nodes keep a lifeline to which. */

import { createHash } from "node:crypto";
import type { NodeId } from "../../../ports/membership.ts";

/** Up to this many members, each node watches every other one: `members²` connections in the cluster. */
const ALL_WATCH_ALL = 32;
/** In a larger one each node is watched by this many, which notify the others. */
const WATCHERS = 8;

/** Those whom this node watches: all, or in a large cluster those to whom it `isWatcher`. */
export function watched(self: NodeId, living: readonly NodeId[]): NodeId[] {
  if (living.length <= ALL_WATCH_ALL) return living.filter((node) => node !== self);
  const ring = ringOf([...living, self]);
  const at = ring.indexOf(self);
  return Array.from({ length: WATCHERS }, (_, step) => ring.at((at - step - 1) % ring.length)!);
}

/** Whether this node is one of the few who tell all others when they see that node die. */
export function isWatcher(self: NodeId, other: NodeId, living: readonly NodeId[]): boolean {
  const ring = ringOf([...living, self, other]);
  const distance = (ring.indexOf(self) - ring.indexOf(other) + ring.length) % ring.length;
  return distance > 0 && distance <= WATCHERS;
}

/** All in an order on which all nodes agree, and in which those of one machine are not neighbours. */
function ringOf(nodes: readonly NodeId[]): NodeId[] {
  const places = new Map(nodes.map((node) => [node, createHash("sha256").update(node).digest("hex")]));
  return [...places.keys()].sort((a, b) => (places.get(a)! < places.get(b)! ? -1 : 1));
}
