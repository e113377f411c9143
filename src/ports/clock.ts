/** @module Time and chance as a port: nothing else reads them, so a whole cluster can run on virtual time. */

export interface Clock {
  /** Milliseconds since the epoch, UTC. May jump when the system's clock is set. */
  now(): number;
  /** Milliseconds that only ever grow: for durations and leases. */
  monotonic(): number;
  /**
   * Resolves after `ms`; resolves early, without error, when the signal aborts. Any number: what is below 0 or NaN is
   * 0, months are months, Infinity is until the signal aborts. The same for `after`.
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

/** What a timer waits for, whatever number it is given. */
export function delayOf(ms: number): number {
  return Number.isNaN(ms) ? 0 : Math.max(0, ms);
}
