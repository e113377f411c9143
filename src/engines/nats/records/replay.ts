/** @module The rules for following a stream without gaps, over live messages that may be lost, duplicated or late. */

/** What the rules need of an entry. */
export interface Replayable {
  readonly sequence: number;
  /** Removals up to this sequence may be gone from the stream. */
  readonly floor?: number;
}

/** Maximum number of live entries kept for later; dropped ones are read again. */
const MOST_AHEAD = 1_000;

/**
 * Returns a stream's entries in order, each once. A gap is skipped only after a read returned a later entry: the ones
 * in between are superseded or swept. A read that found nothing proves nothing, as a lagging replica may have answered.
 */
export class Replay<Entry extends Replayable> {
  readonly #ahead = new Map<number, Entry>();
  #last = 0;
  #newestLive = 0;
  #isHolding = true;
  /** Up to here all removals are known, though entries after it were passed over; null when none were since. */
  #base: number | null;
  #missedRemoval = false;

  /** Begins before the first entry, when removals up to `floor` had been swept already. Live entries are held back. */
  constructor(floor = 0) {
    this.#base = floor;
  }

  /** The sequence up to which all is given out. */
  get last(): number {
    return this.#last;
  }

  /** A live entry has come that can't be given out before a read has filled the gap. */
  get hasGap(): boolean {
    return this.#newestLive > this.#last;
  }

  /** A removal may have been swept before it was read: only a new snapshot helps. */
  get missedRemoval(): boolean {
    return this.#missedRemoval;
  }

  /** Takes a live entry. What can be given out now, in order. */
  live(entry: Entry): Entry[] {
    this.#newestLive = Math.max(this.#newestLive, entry.sequence);
    if (entry.sequence <= this.#last) return [];
    if (this.#ahead.size < MOST_AHEAD || entry.sequence === this.#last + 1)
      this.#ahead.set(entry.sequence, entry);
    return this.#isHolding ? [] : this.#inTurn();
  }

  /** Takes what a read for the first entry after some sequence up to `last` found. What can be given out now, in order. */
  read(entry: Entry): Entry[] {
    if (entry.sequence <= this.#last) return [];
    if (entry.sequence > this.#last + 1) {
      this.#base ??= this.#last;
      for (const sequence of this.#ahead.keys()) if (sequence < entry.sequence) this.#ahead.delete(sequence);
    }
    this.#ahead.delete(entry.sequence);
    this.#giveOut(entry);
    return [entry, ...this.#inTurn()];
  }

  /** The leader, asked after the last read, has nothing newer than `last`: nothing is hidden in what was passed over. */
  caughtUp(): void {
    this.#base = null;
  }

  /** Of the live entries that were held back, what can be given out now, in order. */
  held(): Entry[] {
    return this.#inTurn();
  }

  /** Live entries are given out as they come from now on. What can be given out now, in order. */
  release(): Entry[] {
    this.#isHolding = false;
    return this.#inTurn();
  }

  #inTurn(): Entry[] {
    const entries: Entry[] = [];
    for (let next = this.#ahead.get(this.#last + 1); next; next = this.#ahead.get(this.#last + 1)) {
      this.#ahead.delete(next.sequence);
      this.#giveOut(next);
      entries.push(next);
    }
    return entries;
  }

  #giveOut({ sequence, floor }: Entry): void {
    if (floor !== undefined && this.#base !== null && floor > this.#base) this.#missedRemoval = true;
    this.#last = sequence;
  }
}
