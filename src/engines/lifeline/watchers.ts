/** @module Which nodes keep a lifeline to which. */

import { createHash } from "node:crypto";
import type { NodeId } from "../../ports/membership.ts";

/** Up to this many members, each node watches every other one: `members²` connections in the cluster. */
const ALL_WATCH_ALL = 32;
/** In a larger cluster each node is watched by this many others, which notify the rest. */
const WATCHERS = 8;

/** The nodes that this node watches: all, or in a large cluster those for which `isWatcher` is true. */
export function watched(self: NodeId, living: readonly NodeId[]): NodeId[] {
  if (living.length <= ALL_WATCH_ALL) return living.filter((node) => node !== self);
  const ring = ringOf([...living, self]);
  const at = ring.indexOf(self);
  return Array.from({ length: WATCHERS }, (_, step) => ring.at((at - step - 1) % ring.length)!);
}

/** Whether this node is one of the few that notify all others when that node dies. */
export function isWatcher(self: NodeId, other: NodeId, living: readonly NodeId[]): boolean {
  const ring = ringOf([...living, self, other]);
  const distance = (ring.indexOf(self) - ring.indexOf(other) + ring.length) % ring.length;
  return distance > 0 && distance <= WATCHERS;
}

/** All nodes in an order that is the same everywhere, and in which nodes of one machine are not adjacent. */
function ringOf(nodes: readonly NodeId[]): NodeId[] {
  const places = new Map(nodes.map((node) => [node, createHash("sha256").update(node).digest("hex")]));
  return [...places.keys()].sort((a, b) => (places.get(a)! < places.get(b)! ? -1 : 1));
}
