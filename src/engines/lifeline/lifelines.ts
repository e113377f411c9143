/** @module The lifelines that one node keeps to the members it watches. */

import type { Clock } from "../../ports/clock.ts";
import type { NodeId } from "../../ports/membership.ts";
import type { Announcement } from "./announcement.ts";
import { Lifeline, type LifelineState } from "./lifeline.ts";
import { watched } from "./watchers.ts";

export interface LifelinesOptions {
  clock: Clock;
  /** Called when a lifeline is no longer up, or could not be established. */
  onLost: (node: NodeId) => void;
  /** Called with each note of a watched process. */
  onNote?: ((note: string) => void) | undefined;
}

export class Lifelines {
  readonly #options: LifelinesOptions;
  readonly #lifelines = new Map<NodeId, Lifeline>();

  constructor(options: LifelinesOptions) {
    this.#options = options;
  }

  /** Opens and closes lifelines so that those that `self` watches have one; it watches nobody while it is null. */
  keep(self: NodeId | null, living: ReadonlyMap<NodeId, Announcement>): void {
    const wanted = new Set(self === null ? [] : watched(self, [...living.keys()]));
    for (const [node, lifeline] of this.#lifelines) {
      if (wanted.has(node) && living.has(node)) continue;
      lifeline.close();
      this.#lifelines.delete(node);
    }
    for (const [node, announcement] of living) {
      if (wanted.has(node) && !this.#lifelines.has(node)) this.#open(node, announcement);
    }
  }

  /** Null if there is no lifeline to this node. */
  state(node: NodeId): LifelineState | null {
    return this.#lifelines.get(node)?.state ?? null;
  }

  /** How many members' deaths this node would see at once. */
  get up(): number {
    return [...this.#lifelines.values()].filter(({ state }) => state === "up").length;
  }

  close(): void {
    for (const lifeline of this.#lifelines.values()) lifeline.close();
    this.#lifelines.clear();
  }

  #open(node: NodeId, { member, lifeline }: Announcement): void {
    const { clock, onLost, onNote } = this.#options;
    if (lifeline === null) return;
    const opened = new Lifeline({
      ...lifeline,
      incarnation: member.incarnation,
      clock,
      onNote,
      onChange: (state) => {
        if (state !== "up") onLost(node);
      },
    });
    this.#lifelines.set(node, opened);
  }
}
