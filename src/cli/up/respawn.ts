/** @module How long to wait before restarting a node that ended. */

const FIRST_MS = 500;
const MOST_MS = 30_000;
/** A node that served this long is able to run, so its end had another cause. */
const HEALTHY_MS = 2_000;

/** Restarts of one node: immediate after a healthy life, with doubling delays while it keeps ending. */
export class Respawn {
  #quickEnds = 0;

  /** @param servedMs how long it was ready, 0 when it never was. */
  delayMs(servedMs: number): number {
    if (servedMs >= HEALTHY_MS) {
      this.#quickEnds = 0;
      return 0;
    }
    this.#quickEnds++;
    // A single early end may be an accident or a test; a second one starts the backoff.
    return this.#quickEnds === 1 ? 0 : Math.min(MOST_MS, FIRST_MS * 2 ** (this.#quickEnds - 2));
  }
}
