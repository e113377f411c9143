/** @module Limits how many requests of one caller run at a time, so that one caller cannot delay the others. */

/** At most this many requests of one caller are processed at a time. */
const MOST_AT_ONCE = 4;

interface Caller {
  working: number;
  readonly waiting: (() => void)[];
}

/** First come, first served per caller. The number of waiting requests is bounded by the caller's connections. */
export class CallerLimiter {
  readonly #callers = new Map<string, Caller>();

  /** Runs the work in its turn. Requests of other callers run in between. */
  async take<Answer>(caller: string, work: () => Promise<Answer>): Promise<Answer> {
    const own = this.#callers.get(caller) ?? { working: 0, waiting: [] };
    this.#callers.set(caller, own);
    if (own.working < MOST_AT_ONCE) own.working += 1;
    else await new Promise<void>((turn) => own.waiting.push(turn));
    try {
      return await work();
    } finally {
      // Deferred, so that requests from other connections are read first.
      setImmediate(() => this.#leave(caller, own));
    }
  }

  #leave(caller: string, own: Caller): void {
    const next = own.waiting.shift();
    if (next) next();
    else own.working -= 1;
    if (own.working === 0) this.#callers.delete(caller);
  }
}
