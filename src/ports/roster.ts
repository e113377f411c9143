/** @module Who is alive, silent or dead, from which messages arrived and when: the rules, without a transport. */

import { isDeepStrictEqual } from "node:util";
import { type Member, type MembershipEvent, type NodeId, nodeIdOf } from "./membership.ts";

interface Entry {
  member: Member;
  /** On the local monotonic clock, milliseconds. Infinity for this node itself. */
  heardAt: number;
}

/** Ids of the dead, and of the silent, that are kept: far more than any record still names. */
const MOST_KEPT = 10_000;

/** Every change of what it answers is emitted once, synchronously, after it has taken effect. */
export class Roster {
  readonly #leaseMs: number;
  readonly #emit: (event: MembershipEvent) => void;
  /** The living. */
  readonly #entries = new Map<NodeId, Entry>();
  /** Given up without certainty: their next sign of life brings them back. */
  readonly #silent = new Set<NodeId>();
  readonly #dead = new Set<NodeId>();

  constructor(leaseMs: number, emit: (event: MembershipEvent) => void) {
    this.#leaseMs = leaseMs;
    this.#emit = emit;
  }

  /** A sign of life, with what the node says of itself. Dead nodes are ignored. */
  hear(member: Member, now: number): void {
    const node = nodeIdOf(member);
    if (this.#dead.has(node)) return;
    const before = this.#entries.get(node);
    this.#entries.set(node, { member, heardAt: Math.max(now, before?.heardAt ?? now) });
    this.#silent.delete(node);
    if (!before) this.#emit({ type: "joined", member: { ...member } });
    else if (!isDeepStrictEqual(before.member, member))
      this.#emit({ type: "changed", member: { ...member } });
  }

  /** This node will not come back, unless that proves wrong. False when it was known. */
  bury(node: NodeId): boolean {
    if (this.#dead.has(node)) return false;
    this.#entries.delete(node);
    keep(this.#dead, node);
    // One that was given up for silent is gone already: nothing changes for watchers.
    if (!this.#silent.delete(node)) this.#emit({ type: "left", node, certain: true });
    return true;
  }

  /** It was presumed dead by mistake: its next sign of life is heard again. */
  revive(node: NodeId): void {
    this.#dead.delete(node);
  }

  /** Takes a node for gone, also one never heard of, until its next sign of life. False when it was gone already. */
  giveUp(node: NodeId): boolean {
    if (this.#dead.has(node) || this.#silent.has(node)) return false;
    this.#entries.delete(node);
    keep(this.#silent, node);
    this.#emit({ type: "left", node, certain: false });
    return true;
  }

  /** Gives up nodes that were silent for the lease. */
  expire(now: number): void {
    for (const node of this.quietSince(now - this.#leaseMs)) this.giveUp(node);
  }

  /** The living that were heard then, on the monotonic clock, or earlier, but not since. */
  quietSince(then: number): NodeId[] {
    return [...this.#entries].filter(([, { heardAt }]) => heardAt <= then).map(([node]) => node);
  }

  /** When the next lease ends if nothing is heard, on the monotonic clock; null when none can. */
  nextExpiry(): number | null {
    let next = Number.POSITIVE_INFINITY;
    for (const { heardAt } of this.#entries.values()) next = Math.min(next, heardAt + this.#leaseMs);
    return Number.isFinite(next) ? next : null;
  }

  /** Restarts the leases of the living: this node could not hear for a while, so their silence proves nothing. */
  pardon(now: number): void {
    for (const entry of this.#entries.values()) entry.heardAt = Math.max(now, entry.heardAt);
  }

  members(): Member[] {
    return [...this.#entries.values()].map(({ member }) => ({ ...member }));
  }

  isDead(node: NodeId): boolean {
    return this.#dead.has(node);
  }

  /** The most recent certain deaths, sent to a new node, which may find their names in records. */
  recentlyDead(count: number): NodeId[] {
    return [...this.#dead].slice(-count);
  }

  standing(node: NodeId): "alive" | "gone" | "unknown" {
    if (this.#entries.has(node)) return "alive";
    return this.#dead.has(node) || this.#silent.has(node) ? "gone" : "unknown";
  }
}

/** Adds a node; the oldest make room. */
function keep(nodes: Set<NodeId>, node: NodeId): void {
  nodes.add(node);
  for (const oldest of nodes) {
    if (nodes.size <= MOST_KEPT) break;
    nodes.delete(oldest);
  }
}
