/** @module How long a queued download will wait, from recent completions and from when places will be free. */

/** Weight of the newest duration in the moving average. */
const NEWEST = 0.2;

/** Places that become free at the same time. */
export interface Places {
  freeInMs: number;
  count: number;
}

/** Moving averages of how long a kind takes, from claim to file. */
export class WaitEstimate {
  readonly #meanMs = new Map<string, number>();

  finished(kind: string, tookMs: number): void {
    const mean = this.#meanMs.get(kind);
    this.#meanMs.set(kind, mean === undefined ? tookMs : mean * (1 - NEWEST) + tookMs * NEWEST);
  }

  /** What this kind usually takes in milliseconds; null without completed downloads. */
  meanMs(kind: string): number | null {
    return this.#meanMs.get(kind) ?? null;
  }
}

/**
 * Milliseconds until the download at `position` of a queue gets its place, if each before it takes `eachMs`. Null
 * without places.
 */
export function startsInMs(position: number, places: readonly Places[], eachMs: number): number | null {
  if (places.length === 0) return null;
  const takesMs = Math.max(1, eachMs);
  const begunIn = (ms: number) => {
    let begun = 0;
    for (const { freeInMs, count } of places) {
      if (freeInMs <= ms) begun += count * (1 + Math.floor((ms - freeInMs) / takesMs));
    }
    return begun;
  };
  let low = Math.floor(Math.min(...places.map(({ freeInMs }) => freeInMs)));
  let high = Math.ceil(low + 1 + (position - 1) * takesMs); // if the first free place served all
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (begunIn(middle) >= position) high = middle;
    else low = middle + 1;
  }
  return low;
}
