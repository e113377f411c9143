/** @module Members that are currently writing: checked for death every few milliseconds. */

import type { Clock } from "../../../ports/clock.ts";
import type { NodeId } from "../../../ports/membership.ts";
import type { Announcement } from "./announcement.ts";
import { processSign } from "./process-sign.ts";

/**
 * The kernel marks a dying process at once, but closes its connections only after it has freed its memory, which
 * takes about 10 to 40 ms. So members at work are checked this often; none are checked while nothing happens.
 */
const GLANCE_MS = 5;
/** With many at work the checks are spread out: each costs about 20 µs, and the total should be below 1 % of a core. */
const GLANCE_MS_EACH = 2;
/** After its last sign of work. */
const AT_WORK_MS = 1_000;

export class AtWork {
  readonly #clock: Pick<Clock, "monotonic" | "after">;
  readonly #signal: AbortSignal;
  readonly #onGone: (node: NodeId) => void;
  /** Until when, on the monotonic clock, each counts as at work. */
  readonly #members = new Map<NodeId, { announcement: Announcement; until: number }>();
  #isGlancing = false;

  /** Calls `onGone` for each member whose process is gone, until the signal aborts. */
  constructor(
    clock: Pick<Clock, "monotonic" | "after">,
    signal: AbortSignal,
    onGone: (node: NodeId) => void,
  ) {
    this.#clock = clock;
    this.#signal = signal;
    this.#onGone = onGone;
  }

  saw(node: NodeId, announcement: Announcement): void {
    this.#members.set(node, { announcement, until: this.#clock.monotonic() + AT_WORK_MS });
    if (!this.#isGlancing) this.#glance();
  }

  forget(node: NodeId): void {
    this.#members.delete(node);
  }

  #glance(): void {
    this.#isGlancing = !this.#signal.aborted;
    if (!this.#isGlancing) return;
    const now = this.#clock.monotonic();
    for (const [node, { announcement, until }] of [...this.#members]) {
      if (until <= now) this.#members.delete(node);
      else if (processSign(announcement.pid, announcement.mark) === "gone") this.#onGone(node);
    }
    this.#isGlancing = this.#members.size > 0;
    if (!this.#isGlancing) return;
    this.#clock.after(Math.max(GLANCE_MS, this.#members.size * GLANCE_MS_EACH), () => this.#glance());
  }
}
