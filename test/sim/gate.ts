/** @module Controls which events reach a process: all, none for now, or none ever again. */

import type { VirtualClock } from "../../src/clock/virtual.testing.ts";

export type Arrival = "timer" | "message";

/**
 * All events that make a node's code run pass its gate: timers, answers, changes, messages, calls. So a killed
 * process does not run another instruction, and a frozen one wakes as a zombie that believes no time has passed.
 */
export class Gate {
  readonly #clock: VirtualClock;
  #state: "open" | "frozen" | "waking" | "dead" = "open";
  #held: { arrival: Arrival; run: () => void }[] = [];

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  get isOpen(): boolean {
    return this.#state === "open" || this.#state === "waking";
  }

  get isFrozen(): boolean {
    return this.#state === "frozen";
  }

  get isDead(): boolean {
    return this.#state === "dead";
  }

  enter(run: () => void, arrival: Arrival = "message"): void {
    if (this.#state === "open") run();
    else if (this.#state !== "dead") this.#held.push({ arrival, run });
  }

  freeze(): void {
    if (this.isOpen) this.#state = "frozen";
  }

  /** Admits waiting callbacks one after the other; a real process may see its timers before its sockets. */
  thaw(timersFirst: boolean): void {
    if (this.#state !== "frozen") return;
    this.#state = "waking";
    if (timersFirst) {
      const isTimer = ({ arrival }: { arrival: Arrival }) => arrival === "timer";
      this.#held = [...this.#held.filter(isTimer), ...this.#held.filter((held) => !isTimer(held))];
    }
    this.#wake();
  }

  kill(): void {
    this.#state = "dead";
    this.#held = [];
  }

  #wake(): void {
    this.#clock.after(0, () => {
      if (this.#state !== "waking") return;
      const next = this.#held.shift();
      if (next) {
        next.run();
        this.#wake();
      } else this.#state = "open";
    });
  }
}
