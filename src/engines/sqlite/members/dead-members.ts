/** @module What is remembered of members that are gone for certain. */

import type { Clock } from "../../../ports/clock.ts";
import type { NodeId } from "../../../ports/membership.ts";

/**
 * How long the row of a dead member is kept. Records may still name it as their holder, and who starts after all
 * others have died too must know at once that it is gone.
 */
const ROW_KEPT_MS = 600_000;

/** Of the dead, those whose process is remembered: it is soon or never that one turns out to live. */
const MOST_KEPT = 1_000;

export class DeadMembers {
  readonly #clock: Pick<Clock, "monotonic">;
  /** What processes they were, on the mesh: if one of them still speaks, it lives. */
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

  /** Whether it was this process. */
  was(node: NodeId, peer: string): boolean {
    return this.#peers.get(node) === peer;
  }

  /** It turned out to live. */
  forget(node: NodeId): void {
    this.#peers.delete(node);
    this.#rowsSince.delete(node);
  }

  /** Call it each time the row is seen: true, once, when it was kept long enough. */
  isRowOver(node: NodeId): boolean {
    const now = this.#clock.monotonic();
    const since = this.#rowsSince.get(node) ?? now;
    const isOver = now - since >= ROW_KEPT_MS;
    if (isOver) this.#rowsSince.delete(node);
    else this.#rowsSince.set(node, since);
    return isOver;
  }
}
