/** @module Virtual time: it moves only when nothing else can run, and one seed decides all chance. */

import { type Cancel, type Clock, delayOf } from "../ports/clock.ts";
import { seededRandom } from "./seeded-random.ts";

/** A run of this many callbacks without a millisecond passing is an endless loop. */
const MOST_AT_ONCE = 100_000;

export interface VirtualClockOptions {
  /** Any whole number: equal seeds give equal chance. */
  seed: number;
  /** What `now()` says at first, milliseconds since the epoch. Default 2026-01-01. */
  startAt?: number;
}

interface Timer {
  at: number;
  /** Breaks ties: what was set first fires first. */
  order: number;
  callback: (() => void) | null;
}

/**
 * Nothing fires by itself: the owner of the clock calls `advance`, which fires what is due one by one, in order of
 * time, and lets all promises settle in between. Code that waits for anything but this clock breaks the order.
 */
export class VirtualClock implements Clock {
  readonly #startAt: number;
  readonly #random: () => number;
  readonly #timers: Timer[] = [];
  #elapsedMs = 0;
  #order = 0;
  #fired = 0;

  constructor({ seed, startAt = Date.UTC(2026, 0, 1) }: VirtualClockOptions) {
    this.#startAt = startAt;
    this.#random = seededRandom(seed);
  }

  now(): number {
    return this.#startAt + this.#elapsedMs;
  }

  monotonic(): number {
    return this.#elapsedMs;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const done = () => {
        cancel();
        signal?.removeEventListener("abort", done);
        resolve();
      };
      const cancel = this.after(ms, done);
      signal?.addEventListener("abort", done, { once: true });
    });
  }

  after(ms: number, callback: () => void): Cancel {
    const timer: Timer = { at: this.#elapsedMs + delayOf(ms), order: this.#order++, callback };
    push(this.#timers, timer);
    return () => {
      timer.callback = null;
    };
  }

  random(): number {
    return this.#random();
  }

  id(): string {
    const bytes = Buffer.alloc(16);
    for (let offset = 0; offset < 16; offset += 4) bytes.writeUInt32LE(this.#random() * 2 ** 32, offset);
    return bytes.toString("base64url");
  }

  /** Callbacks fired so far. */
  get fired(): number {
    return this.#fired;
  }

  /**
   * Lets `ms` pass, or less when `isOver` says so, which is asked after everything that fired. True if it did. What
   * fires may set further timers; those within the time fire too. A callback that throws ends it with that error.
   */
  async advance(ms: number, isOver: () => boolean = () => false): Promise<boolean> {
    const end = this.#elapsedMs + ms;
    let atOnce = 0;
    await settled();
    while (!isOver()) {
      const timer = this.#timers[0];
      if (!timer || timer.at > end) {
        this.#elapsedMs = end;
        return false;
      }
      pop(this.#timers);
      if (!timer.callback) continue;
      atOnce = timer.at > this.#elapsedMs ? 0 : atOnce + 1;
      if (atOnce > MOST_AT_ONCE) throw new Error(`time stands still after ${MOST_AT_ONCE} callbacks`);
      this.#elapsedMs = timer.at;
      this.#fired++;
      timer.callback();
      await settled();
    }
    return true;
  }
}

/** All promises that can settle have: an immediate comes after the whole microtask queue. */
function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

function isBefore(a: Timer, b: Timer): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

/** Adds to a binary heap whose first item is the earliest. */
function push(heap: Timer[], timer: Timer): void {
  let index = heap.length;
  while (index > 0) {
    const parent = (index - 1) >>> 1;
    if (isBefore(heap[parent]!, timer)) break;
    heap[index] = heap[parent]!;
    index = parent;
  }
  heap[index] = timer;
}

/** Takes the first item out of the heap. */
function pop(heap: Timer[]): void {
  const last = heap.pop();
  if (!last || heap.length === 0) return;
  let index = 0;
  for (;;) {
    let child = 2 * index + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
    if (isBefore(last, heap[child]!)) break;
    heap[index] = heap[child]!;
    index = child;
  }
  heap[index] = last;
}
