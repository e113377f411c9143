/** @module How far a stream has come, for readers of what was received of it: asked for by many at once, or not at all. */

/** A request of the leader, see `Horizon.reach`. */
type Asks = () => Promise<number>;

interface Waiting {
  /** How many writes had begun before. */
  readonly since: number;
  readonly asks: Asks;
  /** A write that began later has failed: it does not wait for another one. */
  isImpatient: boolean;
  resolve(sequence: number): void;
  reject(error: unknown): void;
}

/**
 * Finds a sequence of a stream that no write acknowledged before the call exceeds. The leader's last one is such a
 * sequence, and so is that of any write of our own that began later: while this node writes, no request is needed.
 */
export class Horizon {
  readonly #waiting = new Set<Waiting>();
  readonly #underWay = new Set<number>();
  #begun = 0;
  #isAsking = false;
  #isScheduled = false;

  /** Every write to the stream goes through here: `write` resolves to its sequence. */
  async writing(write: () => Promise<number>): Promise<number> {
    this.#begun += 1;
    const number = this.#begun;
    this.#underWay.add(number);
    try {
      const sequence = await write();
      for (const waiting of this.#before(number)) {
        this.#waiting.delete(waiting);
        waiting.resolve(sequence);
      }
      return sequence;
    } catch (error) {
      for (const waiting of this.#before(number)) waiting.isImpatient = true;
      throw error;
    } finally {
      this.#underWay.delete(number);
      this.#look();
    }
  }

  /**
   * Waits for the writes under way, and for one that begins meanwhile; if that fails, or none does, it asks. `asks`
   * resolves to the last sequence of the stream's leader, or rejects, which is passed on: callers that wait at the same
   * time share one request.
   */
  reach(asks: Asks): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#waiting.add({ since: this.#begun, asks, isImpatient: false, resolve, reject });
      this.#look();
    });
  }

  #before(write: number): Waiting[] {
    return [...this.#waiting].filter(({ since }) => since < write);
  }

  /** Those that come in this turn of the event loop ask together, unless a write is under way. */
  #look(): void {
    if (this.#isScheduled || this.#isAsking || this.#waiting.size === 0) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      const isQuiet = this.#underWay.size === 0;
      void this.#ask([...this.#waiting].filter(({ isImpatient }) => isQuiet || isImpatient));
    });
  }

  async #ask(asking: readonly Waiting[]): Promise<void> {
    const [first] = asking;
    if (this.#isAsking || !first) return;
    for (const waiting of asking) this.#waiting.delete(waiting);
    this.#isAsking = true;
    try {
      const sequence = await first.asks();
      for (const { resolve } of asking) resolve(sequence);
    } catch (error) {
      for (const { reject } of asking) reject(error);
    } finally {
      this.#isAsking = false;
      this.#look();
    }
  }
}
