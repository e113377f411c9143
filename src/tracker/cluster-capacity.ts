/**
 * @module Which nodes have capacity for one more generation: counted from the records, so that every node counts the
 * same.
 */

import type { Isolation } from "../generator/generator.ts";
import type { Registry } from "../generator/registry.ts";
import { type Member, type Membership, MOST_FORETOLD, type NodeId, nodeIdOf } from "../ports/membership.ts";
import { makes } from "./kind-availability.ts";
import type { UnfinishedIndex } from "./unfinished-index.ts";
import type { Places } from "./wait-estimate.ts";
import type { LineName } from "./wait-queues.ts";

/** Process and inline capacity are counted separately: thousands of waits cost less than one process. */
export class ClusterCapacity {
  readonly #unfinished: UnfinishedIndex;
  readonly #membership: Membership;
  readonly #registry: Registry;

  constructor(unfinished: UnfinishedIndex, membership: Membership, registry: Registry) {
    this.#unfinished = unfinished;
    this.#membership = membership;
    this.#registry = registry;
  }

  /** Members with free capacity, and how much; members that may not claim, or have none, are left out. */
  free(isolation: Isolation): Map<Member, number> {
    const free = new Map<Member, number>();
    for (const member of this.#membership.members()) {
      if (member.draining) continue;
      const left = capacityOf(member, isolation) - this.running(nodeIdOf(member), isolation);
      if (left > 0) free.set(member, left);
    }
    return free;
  }

  running(node: NodeId, isolation: Isolation): number {
    let running = 0;
    for (const entry of this.#unfinished.heldBy(node)) {
      if (this.#isolationOf(entry.kind) === isolation) running++;
    }
    return running;
  }

  /** This kind's places in the whole cluster; one whose node foretells nothing counts as taken for `elseMs`. */
  places(kind: string, elseMs: number): Places[] {
    const isolation = this.#isolationOf(kind);
    const makers = this.#membership.members().filter((member) => !member.draining && makes(member, kind));
    return makers.flatMap((member) => {
      const inAll = capacityOf(member, isolation);
      const busy = Math.min(inAll, this.running(nodeIdOf(member), isolation));
      return placesOf(inAll - busy, busy, member.freeInMs[isolation], elseMs);
    });
  }

  /** A kind that is unknown here is assumed to need a process. */
  #isolationOf(kind: string): Isolation {
    return this.#registry.get(kind)?.isolation ?? "process";
  }
}

/** The queue in which a kind waits on this node. */
export function lineOf(registry: Registry): (kind: string) => LineName {
  return (kind) => registry.get(kind)?.isolation ?? "elsewhere";
}

/** By now the records may show fewer busy places than the last heartbeat: then the soonest have become free. */
function placesOf(free: number, busy: number, foretold: readonly number[], elseMs: number): Places[] {
  const known = foretold.slice(Math.max(0, foretold.length - busy));
  const isCut = foretold.length === MOST_FORETOLD;
  const restMs = isCut ? Math.max(elseMs, known.at(-1) ?? 0) : elseMs;
  const places = known.map((freeInMs) => ({ freeInMs, count: 1 }));
  places.push({ freeInMs: 0, count: free }, { freeInMs: restMs, count: busy - known.length });
  return places.filter(({ count }) => count > 0);
}

type Capacities = Pick<Member, "capacity" | "inlineCapacity">;

/** False for an inline kind if `inlineCapacity` is 0. */
export function hasPlacesFor(registry: Registry, capacities: Capacities, kind: string): boolean {
  const isolation = registry.get(kind)?.isolation;
  return isolation !== undefined && capacityOf(capacities, isolation) > 0;
}

function capacityOf(member: Capacities, isolation: Isolation): number {
  return isolation === "process" ? member.capacity : member.inlineCapacity;
}
