/** @module Who is alive, silent or dead, from what was heard and when: the rules, without any wire. */

import { type Member, type MembershipEvent, type NodeId, nodeIdOf } from "./membership.ts";

interface Entry {
  member: Member;
  /** On the local monotonic clock, milliseconds. Infinity for this node itself. */
  heardAt: number;
  /** False once it was silent for the lease. */
  alive: boolean;
}

/** Ids of the dead that are kept: far more than any record still names. */
const MOST_DEAD = 10_000;

/** Every change of what it answers is emitted once, synchronously, after it has taken effect. */
export class Roster {
  readonly #leaseMs: number;
  readonly #emit: (event: MembershipEvent) => void;
  readonly #entries = new Map<NodeId, Entry>();
  readonly #dead = new Set<NodeId>();

  constructor(leaseMs: number, emit: (event: MembershipEvent) => void) {
    this.#leaseMs = leaseMs;
    this.#emit = emit;
  }

  /** A sign of life, with what the node says of itself. The dead are not heard. */
  hear(member: Member, now: number): void {
    const node = nodeIdOf(member);
    if (this.#dead.has(node)) return;
    const before = this.#entries.get(node);
    this.#entries.set(node, { member, heardAt: Math.max(now, before?.heardAt ?? now), alive: true });
    if (!before?.alive) this.#emit({ type: "joined", member: { ...member } });
    else if (!isEqual(before.member, member)) this.#emit({ type: "changed", member: { ...member } });
  }

  /** This node will not come back. False when that was known. */
  bury(node: NodeId): boolean {
    if (this.#dead.has(node)) return false;
    const silent = this.#entries.get(node)?.alive === false;
    this.#entries.delete(node);
    this.#dead.add(node);
    for (const oldest of this.#dead) {
      if (this.#dead.size <= MOST_DEAD) break;
      this.#dead.delete(oldest);
    }
    // One that was given up for silent is gone already: nothing changes for whoever watches.
    if (!silent) this.#emit({ type: "left", node, certain: true });
    return true;
  }

  /** Gives up who was silent for the lease. */
  expire(now: number): void {
    for (const [node, entry] of this.#entries) {
      if (!entry.alive || now - entry.heardAt < this.#leaseMs) continue;
      entry.alive = false;
      this.#emit({ type: "left", node, certain: false });
    }
  }

  /** When the next lease ends if nothing is heard, on the monotonic clock; null when none can. */
  nextExpiry(): number | null {
    let next = Number.POSITIVE_INFINITY;
    for (const { alive, heardAt } of this.#entries.values()) {
      if (alive) next = Math.min(next, heardAt + this.#leaseMs);
    }
    return Number.isFinite(next) ? next : null;
  }

  /** Begins the leases of the living anew: this node could not hear for a while, so their silence proves nothing. */
  pardon(now: number): void {
    for (const entry of this.#entries.values()) entry.heardAt = Math.max(now, entry.heardAt);
  }

  members(): Member[] {
    return [...this.#entries.values()].filter(({ alive }) => alive).map(({ member }) => ({ ...member }));
  }

  isDead(node: NodeId): boolean {
    return this.#dead.has(node);
  }

  /** The most recent certain deaths, to be told to a newcomer, who may meet their names in records. */
  recentlyDead(count: number): NodeId[] {
    return [...this.#dead].slice(-count);
  }

  standing(node: NodeId): "alive" | "gone" | "unknown" {
    const entry = this.#entries.get(node);
    if (entry) return entry.alive ? "alive" : "gone";
    return this.#dead.has(node) ? "gone" : "unknown";
  }
}

function isEqual(a: Member, b: Member): boolean {
  return (Object.keys({ ...a, ...b }) as (keyof Member)[]).every((name) => a[name] === b[name]);
}
