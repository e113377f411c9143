/** @module The records of one stream as a watch of it knows them, in the order in which they were stored. */

import type { Cancel, Clock } from "../../../ports/clock.ts";
import type { Entry } from "./record-entry.ts";

/** With more slots than this, at about 400 bytes each, the view is given up until the feed restarts: readers ask the stream. */
const MOST_KEYS = 5_000;
/** Of the texts that are kept, those stored last, in characters. */
const MOST_TEXT = 1024 * 1024;
/** A live message arrives about when the write is acknowledged; one that was lost is soon read. */
const LATE_MS = 250;

/** The last write of a key. */
export interface Seen {
  readonly key: string;
  readonly sequence: number;
  /** Null if it is not kept: it has to be read. */
  text: string | null;
}

/** Complete up to its last entry once its feed follows the stream. Says nothing once that has ended. */
export class SlotView {
  readonly #clock: Pick<Clock, "after">;
  /** Occupied slots, by the part of the key that identifies the user. */
  readonly #byOwner = new Map<string, Seen[]>();
  /** Those with a text, the oldest first. */
  readonly #withText = new Set<Seen>();
  readonly #waiting = new Set<{ sequence: number; resolve(isReached: boolean): void }>();
  #characters = 0;
  #keys = 0;
  #last = 0;
  #isOver = false;

  constructor(clock: Pick<Clock, "after">) {
    this.#clock = clock;
  }

  /** Entries in order, each once. */
  take(entries: readonly Entry[]): void {
    if (this.#isOver) return;
    for (const entry of entries) {
      if (entry.sequence <= this.#last) continue;
      this.#last = entry.sequence;
      if (entry.key !== null) this.#put(entry.key, entry);
    }
    if (this.#keys > MOST_KEYS) this.end();
    for (const waiting of this.#waiting) if (waiting.sequence <= this.#last) waiting.resolve(true);
  }

  /** What it has is no longer followed, or not all of it. */
  end(): void {
    this.#isOver = true;
    this.#byOwner.clear();
    this.#withText.clear();
    for (const { resolve } of this.#waiting) resolve(false);
  }

  /** The occupied slots of a user, after all writes up to this sequence; null if it does not get that far soon. */
  async ofOwner(owner: string, sequence: number): Promise<readonly Seen[] | null> {
    if (!(await this.#reached(sequence))) return null;
    return [...(this.#byOwner.get(owner) ?? [])];
  }

  async #reached(sequence: number): Promise<boolean> {
    if (this.#isOver || sequence <= this.#last) return !this.#isOver;
    return new Promise<boolean>((resolve) => {
      let cancel: Cancel = () => {};
      const waiting = {
        sequence,
        resolve: (isReached: boolean) => {
          cancel();
          this.#waiting.delete(waiting);
          resolve(isReached);
        },
      };
      this.#waiting.add(waiting);
      cancel = this.#clock.after(LATE_MS, () => waiting.resolve(false));
    });
  }

  #put(key: string, { sequence, text }: Entry): void {
    const owner = key.slice(0, key.indexOf("."));
    const before = this.#byOwner.get(owner) ?? [];
    const others = before.filter((seen) => seen.key !== key);
    for (const seen of before) if (seen.key === key) this.#dropText(seen);
    const after = text === null ? others : [...others, this.#keep({ key, sequence, text })];
    this.#keys += after.length - before.length;
    if (after.length === 0) this.#byOwner.delete(owner);
    else this.#byOwner.set(owner, after);
  }

  #keep(seen: Seen): Seen {
    this.#withText.add(seen);
    this.#characters += seen.text?.length ?? 0;
    for (const oldest of this.#withText) {
      if (this.#characters <= MOST_TEXT) break;
      this.#dropText(oldest);
    }
    return seen;
  }

  #dropText(seen: Seen): void {
    if (!this.#withText.delete(seen)) return;
    this.#characters -= seen.text?.length ?? 0;
    seen.text = null;
  }
}
