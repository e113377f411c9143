/** @module The rules that determine which nodes are alive, silent or dead from received messages, whatever the wire. */

import { isDeepStrictEqual } from "node:util";
import { type Member, type MembershipEvent, type NodeId, nodeIdOf } from "./membership.ts";

interface Entry {
  member: Member;
  /** On the local monotonic clock, milliseconds. Infinity for this node itself. */
  heardAt: number;
}

/** Number of ids of dead and of silent nodes that are kept: far more than records still name. */
const MOST_KEPT = 10_000;

/** Every change is emitted once, synchronously, after it has taken effect. */
export class Roster {
  readonly #leaseMs: number;
  readonly #emit: (event: MembershipEvent) => void;
  /** The living. */
  readonly #entries = new Map<NodeId, Entry>();
  /** Presumed gone: they come back with their next sign of life. */
  readonly #silent = new Set<NodeId>();
  readonly #dead = new Set<NodeId>();

  constructor(leaseMs: number, emit: (event: MembershipEvent) => void) {
    this.#leaseMs = leaseMs;
    this.#emit = emit;
  }

  /** Processes a sign of life, with the node's announcement. Dead nodes are ignored. */
  hear(member: Member, now: number): void {
    const node = nodeIdOf(member);
    if (this.#dead.has(node)) return;
    const before = this.#entries.get(node);
    this.#entries.set(node, { member, heardAt: Math.max(now, before?.heardAt ?? now) });
    this.#silent.delete(node);
    const type = before ? newsIn(before.member, member) : "joined";
    if (type) this.#emit({ type, member: { ...member } });
  }

  /** Marks this node as dead for good, unless that proves wrong. False if that was known. */
  bury(node: NodeId): boolean {
    if (this.#dead.has(node)) return false;
    this.#entries.delete(node);
    keep(this.#dead, node);
    // A node given up as silent is already gone: nothing changes for watchers.
    if (!this.#silent.delete(node)) this.#emit({ type: "left", node, certain: true });
    return true;
  }

  /** It was presumed dead by mistake: its next sign of life counts again. */
  revive(node: NodeId): void {
    this.#dead.delete(node);
  }

  /** Presumes a node gone, even an unknown one, until its next sign of life. False if it was already gone. */
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

  /** Living nodes that were last heard at this monotonic time or earlier. */
  quietSince(then: number): NodeId[] {
    return [...this.#entries].filter(([, { heardAt }]) => heardAt <= then).map(([node]) => node);
  }

  /** When the next lease expires without a sign of life, on the monotonic clock; null if none can. */
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

function newsIn(before: Member, now: Member): "changed" | "foretold" | null {
  if (isDeepStrictEqual(before, now)) return null;
  return isDeepStrictEqual({ ...before, freeInMs: null }, { ...now, freeInMs: null })
    ? "foretold"
    : "changed";
}

/** Adds a node; the oldest ones are evicted. */
function keep(nodes: Set<NodeId>, node: NodeId): void {
  nodes.add(node);
  for (const oldest of nodes) {
    if (nodes.size <= MOST_KEPT) break;
    nodes.delete(oldest);
  }
}
