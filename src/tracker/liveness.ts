/** @module Is the holder that a record names alive? Membership's answer, with patience for the unknown. */

import type { Clock } from "../clock/clock.ts";
import type { Membership, NodeId } from "../membership/membership.ts";

/**
 * A holder that membership has never heard of may be a living node that this one has not met yet, as right after
 * a start: it is taken for alive for one lease, then for dead.
 */
export class Liveness {
  readonly #membership: Membership;
  readonly #clock: Clock;
  readonly #leaseMs: number;
  readonly #onPresumedDead: (node: NodeId) => void;
  readonly #strangers = new Map<NodeId, "waiting" | "presumed dead">();

  constructor(membership: Membership, clock: Clock, leaseMs: number, onPresumedDead: (node: NodeId) => void) {
    this.#membership = membership;
    this.#clock = clock;
    this.#leaseMs = leaseMs;
    this.#onPresumedDead = onPresumedDead;
  }

  isAlive(node: NodeId): boolean {
    const standing = this.#membership.standing(node);
    if (standing !== "unknown") {
      this.#strangers.delete(node);
      return standing === "alive";
    }
    if (!this.#strangers.has(node)) this.#waitFor(node);
    return this.#strangers.get(node) === "waiting";
  }

  #waitFor(node: NodeId): void {
    this.#strangers.set(node, "waiting");
    this.#clock.after(this.#leaseMs, () => {
      if (this.#strangers.get(node) !== "waiting") return;
      this.#strangers.set(node, "presumed dead");
      this.#onPresumedDead(node);
    });
  }
}
