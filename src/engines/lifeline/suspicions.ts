/** @module The inquiries that one node runs: at most one for each suspect. */

import type { NodeId } from "../../ports/membership.ts";
import { type Inquiry, inquire, type Verdict } from "./inquiry.ts";

export interface SuspicionsOptions
  extends Pick<Inquiry, "hearingSince" | "clock" | "patienceMs" | "nobodyMs" | "signal"> {
  ping: (node: NodeId, timeoutMs: number) => ReturnType<Inquiry["ping"]>;
  lifeline: (node: NodeId) => ReturnType<Inquiry["lifeline"]>;
  /** Not called once the signal has aborted. */
  onVerdict: (node: NodeId, verdict: Verdict) => void;
}

export class Suspicions {
  readonly #options: SuspicionsOptions;
  /** Suspects under inquiry, and whether another node saw them die. */
  readonly #inquiries = new Map<NodeId, { reported: boolean }>();

  constructor(options: SuspicionsOptions) {
    this.#options = options;
  }

  /** Begins an inquiry unless one is running. */
  async suspect(node: NodeId, reported = false): Promise<void> {
    const { ping, lifeline, onVerdict, ...options } = this.#options;
    const running = this.#inquiries.get(node);
    if (running) {
      running.reported ||= reported;
      return;
    }
    if (options.signal.aborted) return;
    const inquiry = { reported };
    this.#inquiries.set(node, inquiry);
    const verdict = await inquire({
      ...options,
      ping: (timeoutMs) => ping(node, timeoutMs),
      lifeline: () => lifeline(node),
      wasReported: () => inquiry.reported,
    });
    this.#inquiries.delete(node);
    if (!options.signal.aborted) onVerdict(node, verdict);
  }
}
