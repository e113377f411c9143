/** @module What a repo saw recently, so that it does not trust a deposed leader that lacks it. */

import type { Clock } from "../../../ports/clock.ts";

/** A leader that lost its majority stops answering after some 10 s. Older writes may have been undone by operators. */
const REMEMBERED_MS = 20_000;
/** Keys in one generation. With more of them, entries are forgotten sooner. */
const MOST_KEYS = 10_000;

interface Seen {
  sequence: number;
  isRemoved: boolean;
  at: number;
}

/** Writes seen within some time, forgotten all at once. */
interface Generation {
  since: number;
  seen: Map<string, Seen>;
  keysOfUser: Map<string, Set<string>>;
}

/** What `RecentSequences` remembers; nothing where conditional writes alone decide. */
export type RecentWrites = Pick<RecentSequences, "see" | "contradicts" | "keysOf">;

export const NOTHING_RECENT: RecentWrites = { see() {}, contradicts: () => false, keysOf: () => [] };

/**
 * Remembers for 20 s; with many keys, possibly only the last 10,000. Memory: about 200 bytes per key, at most 4 MB,
 * kept until the next write or query.
 */
export class RecentSequences {
  readonly #clock: Clock;
  #young: Generation;
  #old: Generation;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#young = this.#newGeneration();
    this.#old = this.#newGeneration();
  }

  /** This key's record was written, or removed, with this sequence. */
  see(key: string, sequence: number, isRemoved: boolean): void {
    const before = this.#find(key);
    if (before !== undefined && before.sequence > sequence) return;
    if (this.#young.seen.size >= MOST_KEYS) this.#age();
    const { seen, keysOfUser } = this.#young;
    seen.set(key, { sequence, isRemoved, at: this.#clock.monotonic() });
    const user = userOf(key);
    const keys = keysOfUser.get(user);
    if (keys === undefined) keysOfUser.set(user, new Set([key]));
    else keys.add(key);
  }

  /** True if a later write of this key was seen than the answer's sequence, which is 0 if it found none. */
  contradicts(key: string, sequence: number): boolean {
    const seen = this.#find(key);
    if (seen === undefined || sequence >= seen.sequence) return false;
    // The tombstone of a removal may have been swept since.
    return !(seen.isRemoved && sequence === 0);
  }

  /** Recently seen keys of the user whose keys begin with `prefix`. */
  keysOf(prefix: string): string[] {
    const user = userOf(prefix);
    const keys = [this.#young, this.#old].flatMap(({ keysOfUser }) => [...(keysOfUser.get(user) ?? [])]);
    return [...new Set(keys)].filter((key) => this.#find(key) !== undefined);
  }

  #find(key: string): Seen | undefined {
    const now = this.#clock.monotonic();
    if (now - this.#young.since >= REMEMBERED_MS) this.#age();
    const seen = this.#young.seen.get(key) ?? this.#old.seen.get(key);
    return seen !== undefined && now - seen.at < REMEMBERED_MS ? seen : undefined;
  }

  #age(): void {
    this.#old = this.#young;
    this.#young = this.#newGeneration();
  }

  #newGeneration(): Generation {
    return { since: this.#clock.monotonic(), seen: new Map(), keysOfUser: new Map() };
  }
}

function userOf(key: string): string {
  return key.slice(0, key.indexOf("."));
}
