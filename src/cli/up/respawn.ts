/** @module How long to wait before a node that ended is started again. */

const FIRST_MS = 500;
const MOST_MS = 30_000;
/** A node that served this long did not end because it can't run. */
const HEALTHY_MS = 2_000;

/** Restarts of one node: at once after a healthy life, with a doubling wait while it ends again and again. */
export class Respawn {
  #quickEnds = 0;

  /** @param servedMs how long it was ready, 0 when it never was. */
  delayMs(servedMs: number): number {
    if (servedMs >= HEALTHY_MS) {
      this.#quickEnds = 0;
      return 0;
    }
    this.#quickEnds++;
    // A single quick end may be an accident or a test; a second one starts a series.
    return this.#quickEnds === 1 ? 0 : Math.min(MOST_MS, FIRST_MS * 2 ** (this.#quickEnds - 2));
  }
}
