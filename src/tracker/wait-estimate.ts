/** @module How long a queued download will wait: an estimate from recent completions. */

/** Weight of the newest duration in the moving average. */
const NEWEST = 0.2;

/** Moving averages of how long a kind takes, from claim to file. */
export class WaitEstimate {
  readonly #meanMs = new Map<string, number>();

  finished(kind: string, tookMs: number): void {
    const mean = this.#meanMs.get(kind);
    this.#meanMs.set(kind, mean === undefined ? tookMs : mean * (1 - NEWEST) + tookMs * NEWEST);
  }

  /** Estimated milliseconds until the file at `position` is ready; null without completed downloads. */
  forPosition(kind: string, position: number, placesInAll: number): number | null {
    const mean = this.#meanMs.get(kind);
    if (mean === undefined || placesInAll <= 0) return null;
    return Math.round(Math.ceil(position / placesInAll) * mean + mean);
  }
}
