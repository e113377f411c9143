/**
 * @module Is a record's holder alive? Membership's answer, with patience for holders that are unknown or still write.
 */

import type { Clock } from "../ports/clock.ts";
import type { Membership, MembershipEvent, NodeId } from "../ports/membership.ts";
import { nodeIdOf } from "../ports/membership.ts";

/** Number of nodes given up without certainty that are remembered: far more than records still name. */
const MOST_SILENT = 1_000;

/**
 * A holder unknown to membership may be a living node that this one has not discovered yet, for example right after a
 * start: it is considered alive for one lease, then dead.
 *
 * A holder that membership has given up without certainty, but that keeps writing records, is considered alive for one
 * lease after each write: its writes may get through even where its messages don't. Otherwise two nodes that can't hear
 * each other would keep taking downloads from each other.
 */
export class Liveness {
  readonly #membership: Membership;
  readonly #clock: Clock;
  readonly #leaseMs: number;
  readonly #onChange: (node: NodeId) => void;
  readonly #unknownHolders = new Map<NodeId, "waiting" | "presumed dead">();
  /** Nodes given up without certainty, and when they last wrote since, on the monotonic clock; null for never. */
  readonly #silent = new Map<NodeId, number | null>();

  /** `onChange` is called when the answer for a node changes without a membership event. */
  constructor(membership: Membership, clock: Clock, leaseMs: number, onChange: (node: NodeId) => void) {
    this.#membership = membership;
    this.#clock = clock;
    this.#leaseMs = leaseMs;
    this.#onChange = onChange;
  }

  isAlive(node: NodeId): boolean {
    const standing = this.#membership.standing(node);
    if (standing !== "unknown") {
      this.#unknownHolders.delete(node);
      return standing === "alive" || typeof this.#silent.get(node) === "number";
    }
    if (!this.#unknownHolders.has(node)) this.#waitFor(node);
    return this.#unknownHolders.get(node) === "waiting";
  }

  /** Must receive every membership event before `isAlive` is called. */
  apply(event: MembershipEvent): void {
    if (event.type !== "left") this.#silent.delete(nodeIdOf(event.member));
    else if (event.certain) this.#silent.delete(event.node);
    else {
      this.#silent.set(event.node, null);
      for (const oldest of this.#silent.keys()) {
        if (this.#silent.size <= MOST_SILENT) break;
        this.#silent.delete(oldest);
      }
    }
  }

  /** The nodes that were given up without certainty. */
  silent(): NodeId[] {
    return [...this.#silent.keys()];
  }

  /** Reports that this node has just written a slot or mark that it holds. */
  sawWriting(node: NodeId): void {
    const wroteAt = this.#silent.get(node);
    if (wroteAt === undefined) return;
    this.#silent.set(node, this.#clock.monotonic());
    if (wroteAt !== null) return;
    this.#giveUpLater(node, this.#leaseMs);
    this.#onChange(node);
  }

  #giveUpLater(node: NodeId, inMs: number): void {
    this.#clock.after(inMs, () => {
      const wroteAt = this.#silent.get(node);
      if (typeof wroteAt !== "number") return;
      const leftMs = wroteAt + this.#leaseMs - this.#clock.monotonic();
      if (leftMs > 0) return this.#giveUpLater(node, leftMs);
      this.#silent.set(node, null);
      this.#onChange(node);
    });
  }

  #waitFor(node: NodeId): void {
    this.#unknownHolders.set(node, "waiting");
    this.#clock.after(this.#leaseMs, () => {
      if (this.#unknownHolders.get(node) !== "waiting") return;
      this.#unknownHolders.set(node, "presumed dead");
      this.#onChange(node);
    });
  }
}
