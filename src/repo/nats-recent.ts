/** @module What a repo saw lately, so that it does not believe a leader that has been deposed and does not know it. */

import type { Clock } from "../clock/clock.ts";

/** A leader that lost its majority stops answering after some 10 s. What is older may have been undone by operators. */
const REMEMBERED_MS = 20_000;

interface Seen {
  sequence: number;
  isRemoved: boolean;
  at: number;
}

/** Memory: some 200 bytes for each key seen within the last 20 s. */
export class RecentSequences {
  readonly #clock: Clock;
  /** By key, the longest unseen first. */
  readonly #seen = new Map<string, Seen>();
  readonly #keysOfUser = new Map<string, Set<string>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** This key's record was written, or removed, with this sequence. */
  see(key: string, sequence: number, isRemoved: boolean): void {
    this.#forgetOld();
    const before = this.#seen.get(key);
    if (before !== undefined && before.sequence > sequence) return;
    this.#seen.delete(key);
    this.#seen.set(key, { sequence, isRemoved, at: this.#clock.monotonic() });
    const user = userOf(key);
    const keys = this.#keysOfUser.get(user);
    if (keys === undefined) this.#keysOfUser.set(user, new Set([key]));
    else keys.add(key);
  }

  /** True when a later write of this key was seen than the answer knows: its sequence, 0 when it knows of none. */
  contradicts(key: string, sequence: number): boolean {
    this.#forgetOld();
    const seen = this.#seen.get(key);
    if (seen === undefined || sequence >= seen.sequence) return false;
    // The tombstone of a removal may have been swept since.
    return !(seen.isRemoved && sequence === 0);
  }

  /** The keys seen lately of the user, whose keys begin with `prefix`. */
  keysOf(prefix: string): Iterable<string> {
    return this.#keysOfUser.get(userOf(prefix)) ?? [];
  }

  #forgetOld(): void {
    const oldest = this.#clock.monotonic() - REMEMBERED_MS;
    for (const [key, { at }] of this.#seen) {
      if (at > oldest) return;
      this.#seen.delete(key);
      const keys = this.#keysOfUser.get(userOf(key));
      keys?.delete(key);
      if (keys?.size === 0) this.#keysOfUser.delete(userOf(key));
    }
  }
}

function userOf(key: string): string {
  return key.slice(0, key.indexOf("."));
}
