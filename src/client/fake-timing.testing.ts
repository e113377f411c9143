/** @module Test support: time that passes only when a test says so. */

import type { Timing } from "./timing.ts";

export class FakeTiming implements Timing {
  #now = 1_767_323_045_678;
  #timers = new Set<{ at: number; callback: () => void }>();

  now(): number {
    return this.#now;
  }

  random(): number {
    return 0.5;
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { at: this.#now + ms, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Lets time pass, timers in order; what they set off in promises is settled in between. */
  async pass(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settle();
    while (true) {
      const next = [...this.#timers].sort((a, b) => a.at - b.at)[0];
      if (!next || next.at > end) break;
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.callback();
      await settle();
    }
    this.#now = end;
  }

  /** The clock advances, but no timer fires, as on a machine in sleep. */
  sleep(ms: number): void {
    this.#now += ms;
  }
}

/** Until promises and streams have nothing more to do. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
