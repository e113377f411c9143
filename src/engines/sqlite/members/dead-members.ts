/** @module What is remembered about members that are certainly gone. */

import type { Clock } from "../../../ports/clock.ts";
import type { NodeId } from "../../../ports/membership.ts";

/**
 * How long the row of a dead member is kept. Records may still name it as their holder, and a node that starts after
 * all others have died too must know at once that it is gone.
 */
const ROW_KEPT_MS = 600_000;

/** Number of dead members whose process is remembered: if one turns out to be alive, it does so soon. */
const MOST_KEPT = 1_000;

export class DeadMembers {
  readonly #clock: Pick<Clock, "monotonic">;
  /** Their processes on the mesh: if one of them still sends something, it is alive. */
  readonly #peers = new Map<NodeId, string>();
  /** Those whose rows are still there, and since when, on the monotonic clock. */
  readonly #rowsSince = new Map<NodeId, number>();

  constructor(clock: Pick<Clock, "monotonic">) {
    this.#clock = clock;
  }

  add(node: NodeId, peer: string): void {
    this.#peers.set(node, peer);
    for (const oldest of this.#peers.keys()) {
      if (this.#peers.size <= MOST_KEPT) break;
      this.#peers.delete(oldest);
    }
  }

  /** Whether this was the member's process. */
  was(node: NodeId, peer: string): boolean {
    return this.#peers.get(node) === peer;
  }

  /** Forgets a member that turned out to be alive. */
  forget(node: NodeId): void {
    this.#peers.delete(node);
    this.#rowsSince.delete(node);
  }

  /** Call it each time the row is seen: true, once, when the row was kept long enough. */
  isRowOver(node: NodeId): boolean {
    const now = this.#clock.monotonic();
    const since = this.#rowsSince.get(node) ?? now;
    const isOver = now - since >= ROW_KEPT_MS;
    if (isOver) this.#rowsSince.delete(node);
    else this.#rowsSince.set(node, since);
    return isOver;
  }
}
