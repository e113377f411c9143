/** @module Work that costs time is done a few at a time for each caller, so that nobody's hundred requests come first. */

/** So many requests of one caller are worked on at a time. */
const LANES = 4;

interface Caller {
  working: number;
  readonly waiting: (() => void)[];
}

/** First come, first served, for each caller apart. How many wait is bounded by the caller's connections. */
export class Lanes {
  readonly #callers = new Map<string, Caller>();

  /** The work, in its turn. Between two works of one caller others have theirs. */
  async take<Answer>(caller: string, work: () => Promise<Answer>): Promise<Answer> {
    const lanes = this.#callers.get(caller) ?? { working: 0, waiting: [] };
    this.#callers.set(caller, lanes);
    if (lanes.working < LANES) lanes.working += 1;
    else await new Promise<void>((turn) => lanes.waiting.push(turn));
    try {
      return await work();
    } finally {
      // Not at once: what came in on other connections meanwhile is read first.
      setImmediate(() => this.#leave(caller, lanes));
    }
  }

  #leave(caller: string, lanes: Caller): void {
    const next = lanes.waiting.shift();
    if (next) next();
    else lanes.working -= 1;
    if (lanes.working === 0) this.#callers.delete(caller);
  }
}
