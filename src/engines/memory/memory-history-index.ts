/** @module The index of the history in memory. */

import { idOf } from "../../download/key.ts";

/** More than all users of this engine, which is for tests, remove in an hour. */
const MOST_REMOVED = 100_000;
const HOUR_MS = 3_600_000;

/** The records of a history, its index by the hour of expiry, and the removed ids. */
export class MemoryHistoryIndex {
  readonly #keysById = new Map<string, string>();
  readonly #byHour = new Map<number, Set<string>>();
  readonly #hours = new Map<string, number>();
  readonly #removed = new Set<string>();

  note(key: string, expiresAt: number | null): void {
    this.forget(key);
    this.#keysById.set(idOf(key), key);
    if (expiresAt === null) return;
    const hour = Math.floor(expiresAt / HOUR_MS);
    this.#hours.set(key, hour);
    const keys = this.#byHour.get(hour) ?? new Set();
    this.#byHour.set(hour, keys.add(key));
  }

  forget(key: string): void {
    const hour = this.#hours.get(key);
    this.#keysById.delete(idOf(key));
    if (hour === undefined) return;
    this.#hours.delete(key);
    const keys = this.#byHour.get(hour);
    keys?.delete(key);
    if (keys?.size === 0) this.#byHour.delete(hour);
  }

  keyOf(id: string): string | undefined {
    return this.#keysById.get(id);
  }

  /** The records that expire in this hour or earlier, in order of hours. */
  *until(time: number): Iterable<string> {
    const last = Math.floor(time / HOUR_MS);
    const hours = [...this.#byHour.keys()].filter((hour) => hour <= last).sort((a, b) => a - b);
    for (const hour of hours) yield* this.#byHour.get(hour) ?? [];
  }

  keepAway(key: string): void {
    this.#removed.add(key);
    for (const oldest of this.#removed) {
      if (this.#removed.size <= MOST_REMOVED) break;
      this.#removed.delete(oldest);
    }
  }

  wasRemoved(key: string): boolean {
    return this.#removed.has(key);
  }
}
