/** @module How far a stream has come, for readers of what was received of it: asked for by many at once, or not at all. */

/** A request of the leader, see `Horizon.reach`. */
type Asks = () => Promise<number>;

interface Waiting {
  /** How many writes had begun before. */
  readonly since: number;
  readonly asks: Asks;
  resolve(sequence: number): void;
  reject(error: unknown): void;
}

/**
 * Finds a sequence of a stream that no write acknowledged before the call exceeds. The leader's last one is such a
 * sequence, and so is that of any write of our own that began later.
 */
export class Horizon {
  readonly #waiting = new Set<Waiting>();
  #begun = 0;
  #isAsking = false;
  #isScheduled = false;

  /** Every write to the stream goes through here: `write` resolves to its sequence. */
  async writing(write: () => Promise<number>): Promise<number> {
    this.#begun += 1;
    const number = this.#begun;
    const sequence = await write();
    for (const waiting of this.#waiting) {
      if (waiting.since >= number) continue;
      this.#waiting.delete(waiting);
      waiting.resolve(sequence);
    }
    return sequence;
  }

  /**
   * `asks` resolves to the last sequence of the stream's leader, or rejects, which is passed on: those who come while it
   * is asked share the next request, unless a write answers them first.
   */
  reach(asks: Asks): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#waiting.add({ since: this.#begun, asks, resolve, reject });
      this.#look();
    });
  }

  #look(): void {
    if (this.#isScheduled || this.#isAsking || this.#waiting.size === 0) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      void this.#ask();
    });
  }

  async #ask(): Promise<void> {
    const asking = [...this.#waiting];
    const [first] = asking;
    if (!first) return;
    this.#isAsking = true;
    try {
      const sequence = await first.asks();
      for (const { resolve } of asking) resolve(sequence);
    } catch (error) {
      for (const { reject } of asking) reject(error);
    } finally {
      for (const waiting of asking) this.#waiting.delete(waiting);
      this.#isAsking = false;
      this.#look();
    }
  }
}
