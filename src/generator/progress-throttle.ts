/** @module Lets a generator report as often as it likes: the host is called at most once per 100 ms. */

import { messageOf } from "../errors.ts";
import type { Cancel, Clock } from "../ports/clock.ts";
import type { Host } from "./executor.ts";
import { oneLine } from "./one-line.ts";

/** Milliseconds between two calls of the host. */
const INTERVAL_MS = 100;
const LONGEST_MESSAGE = 200;

/** The latest value is never lost: it is reported when the interval is over, or by `flush`. */
export class ProgressThrottle {
  readonly #host: Host;
  readonly #clock: Clock;
  #toldAt = Number.NEGATIVE_INFINITY;
  #progressAt = Number.NEGATIVE_INFINITY;
  #cancel: Cancel | null = null;
  #news: "progress" | "alive" | null = null;
  #done = 0;
  #total: number | null = null;
  #message: unknown = null;

  constructor(host: Host, clock: Clock) {
    this.#host = host;
    this.#clock = clock;
  }

  /**
   * Omitted values stay unchanged; null clears total and message. Accepts anything: numbers also as bigint or text,
   * clamped to 0 to 2^53 - 1; other values (NaN, Infinity, an object) are ignored. A message is converted to text, one
   * line of at most 200 characters.
   */
  progress(done: unknown, total?: unknown, message?: unknown): void {
    this.#done = countOf(done) ?? this.#done;
    this.#total = total === null ? null : (countOf(total) ?? this.#total);
    if (message !== undefined) this.#message = message;
    this.#news = "progress";
    this.#tellSoon();
  }

  /** A sign of activity without a change. */
  alive(): void {
    this.#news ??= "alive";
    this.#tellSoon();
  }

  /** Reports pending values to the host now. */
  flush(): void {
    const news = this.#news;
    if (news === null) return;
    this.#news = null;
    this.#toldAt = this.#clock.monotonic();
    if (news === "alive") {
      this.#host.alive();
    } else {
      this.#progressAt = this.#toldAt;
      this.#host.progress(this.#done, this.#total, messageText(this.#message));
    }
  }

  /** Reports nothing any more. */
  stop(): void {
    this.#news = null;
    this.#cancel?.();
    this.#cancel = null;
  }

  /** Reads the clock at every call, since no timer fires while a generator never yields. */
  #tellSoon(): void {
    const lastAt = this.#news === "progress" ? this.#progressAt : this.#toldAt;
    const waitMs = lastAt + INTERVAL_MS - this.#clock.monotonic();
    if (waitMs <= 0) {
      this.flush();
    } else {
      this.#cancel ??= this.#clock.after(waitMs, () => {
        this.#cancel = null;
        if (this.#news !== null) this.#tellSoon();
      });
    }
  }
}

function countOf(value: unknown): number | undefined {
  if (typeof value !== "number" && typeof value !== "bigint" && typeof value !== "string") return undefined;
  const count = value === "" ? Number.NaN : Number(value);
  return Number.isFinite(count) ? Math.min(Number.MAX_SAFE_INTEGER, Math.max(0, count)) : undefined;
}

function messageText(message: unknown): string | null {
  if (message === null) return null;
  return oneLine(typeof message === "string" ? message : messageOf(message), LONGEST_MESSAGE);
}
