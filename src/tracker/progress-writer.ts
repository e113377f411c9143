/** @module Writes the latest progress at a bounded rate; progress is always recorded before it is shown. */

import { fractionOf, type Tick } from "../download/progress.ts";
import type { Cancel, Clock } from "../ports/clock.ts";

type Write = (tick: Tick, etaMs: number | null) => Promise<unknown>;

/** Before this much time and work an estimate is too unstable to be shown. */
const STEADY_MS = 1_500;
const STEADY_SHARE = 0.01;
/** Weight of the newest rate in the moving average. */
const NEWEST = 0.2;

/** Keeps only the newest tick while a write is in progress: a slow engine skips ticks, but never reorders them. */
export class ProgressWriter {
  readonly #clock: Clock;
  readonly #tickMs: () => number;
  readonly #write: Write;
  readonly #beganAt: number;
  #next: Tick | null = null;
  #writing = false;
  #closed = false;
  #lastWriteAt = Number.NEGATIVE_INFINITY;
  #cancelTimer: Cancel | null = null;
  #firstShare: number | null = null;
  #lastShare = { at: 0, share: 0 };
  #ratePerMs: number | null = null;

  constructor(clock: Clock, tickMs: () => number, write: Write) {
    this.#clock = clock;
    this.#tickMs = tickMs;
    this.#write = write;
    this.#beganAt = clock.monotonic();
  }

  put(tick: Tick): void {
    if (this.#closed) return;
    this.#measure(tick);
    this.#next = tick;
    this.#schedule();
  }

  /** The newest unwritten tick, for a caller that is about to write the record anyway. */
  take(): { tick: Tick; etaMs: number | null } | null {
    const tick = this.#next;
    this.#next = null;
    if (!tick) return null;
    this.#lastWriteAt = this.#clock.monotonic();
    return { tick, etaMs: this.#etaMs(tick) };
  }

  close(): void {
    this.#closed = true;
    this.#next = null;
    this.#cancelTimer?.();
  }

  #schedule(): void {
    if (this.#writing || this.#cancelTimer || this.#closed || !this.#next) return;
    const waitMs = this.#lastWriteAt + this.#tickMs() - this.#clock.monotonic();
    if (waitMs <= 0) return void this.#writeNext();
    this.#cancelTimer = this.#clock.after(waitMs, () => {
      this.#cancelTimer = null;
      void this.#writeNext();
    });
  }

  async #writeNext(): Promise<void> {
    const taken = this.take();
    if (!taken || this.#closed) return;
    this.#writing = true;
    try {
      await this.#write(taken.tick, taken.etaMs);
    } finally {
      this.#writing = false;
      this.#schedule();
    }
  }

  /** A moving average of the rate since this attempt began: work of an earlier holder does not count. */
  #measure(tick: Tick): void {
    const share = fractionOf(tick);
    if (share === null) return;
    const at = this.#clock.monotonic();
    if (this.#firstShare === null) {
      this.#firstShare = share;
      this.#lastShare = { at, share };
      return;
    }
    const tookMs = at - this.#lastShare.at;
    if (tookMs < this.#tickMs()) return;
    const rate = Math.max(0, share - this.#lastShare.share) / tookMs;
    this.#ratePerMs = this.#ratePerMs === null ? rate : this.#ratePerMs * (1 - NEWEST) + rate * NEWEST;
    this.#lastShare = { at, share };
  }

  #etaMs(tick: Tick): number | null {
    const share = fractionOf(tick);
    if (share === null || this.#firstShare === null || !this.#ratePerMs) return null;
    const isSteady =
      this.#clock.monotonic() - this.#beganAt >= STEADY_MS && share - this.#firstShare >= STEADY_SHARE;
    return isSteady ? Math.round((1 - share) / this.#ratePerMs) : null;
  }
}
