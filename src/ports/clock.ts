/** @module Time and randomness as a port: nothing else reads them, so a whole cluster can run on virtual time. */

export interface Clock {
  /** Milliseconds since the epoch, UTC. May jump when the system's clock is set. */
  now(): number;
  /** Milliseconds that never decrease: for durations and leases. */
  monotonic(): number;
  /**
   * Resolves after `ms`; early, without error, when the signal aborts. Accepts any number: negative and NaN count as 0,
   * months are supported, Infinity waits until the signal aborts. The same holds for `after`.
   */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls back once after `ms`, unless cancelled. Keeps no process alive. */
  after(ms: number, callback: () => void): Cancel;
  /** 0 ≤ x < 1. */
  random(): number;
  /** 128 unguessable bits, base64url, 22 characters. */
  id(): string;
}

export type Cancel = () => void;

/** The time that a timer waits for any given number. */
export function delayOf(ms: number): number {
  return Number.isNaN(ms) ? 0 : Math.max(0, ms);
}
