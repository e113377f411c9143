/** @module Who has room for one more generation: counted from the records, so that every node counts the same. */

import type { Isolation } from "../generator/generator.ts";
import type { Registry } from "../generator/registry.ts";
import { type Member, type Membership, type NodeId, nodeIdOf } from "../membership/membership.ts";
import type { Unfinished } from "./unfinished.ts";

/** Threads and inline places are counted apart: thousands of waits cost less than one thread. */
export class Places {
  readonly #unfinished: Unfinished;
  readonly #membership: Membership;
  readonly #registry: Registry;

  constructor(unfinished: Unfinished, membership: Membership, registry: Registry) {
    this.#unfinished = unfinished;
    this.#membership = membership;
    this.#registry = registry;
  }

  /** Null for a kind that this node can't make. */
  isolationOf(kind: string): Isolation | null {
    return this.#registry.get(kind)?.isolation ?? null;
  }

  /** Free places per node that may claim; nodes without any are left out. */
  free(isolation: Isolation): Map<NodeId, number> {
    const free = new Map<NodeId, number>();
    for (const member of this.#membership.members()) {
      if (member.draining) continue;
      const node = nodeIdOf(member);
      const left = capacityOf(member, isolation) - this.running(node, isolation);
      if (left > 0) free.set(node, left);
    }
    return free;
  }

  running(node: NodeId, isolation: Isolation): number {
    let running = 0;
    for (const entry of this.#unfinished.heldBy(node)) {
      if ((this.isolationOf(entry.kind) ?? "thread") === isolation) running++;
    }
    return running;
  }

  /** Places for this kind in the whole cluster, free or taken. */
  inAll(kind: string): number {
    const isolation = this.isolationOf(kind) ?? "thread";
    const takers = this.#membership.members().filter((member) => !member.draining);
    return takers.reduce((sum, member) => sum + capacityOf(member, isolation), 0);
  }
}

export function capacityOf(member: Member, isolation: Isolation): number {
  return isolation === "thread" ? member.capacity : member.inlineCapacity;
}
