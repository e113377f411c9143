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
  /** All removals up to here are known, although later entries were skipped; null if none were skipped since. */
  #base: number | null;
  #missedRemoval = false;

  /** Begins before the first entry, with removals up to `floor` already swept. Live entries are held back. */
  constructor(floor = 0) {
    this.#base = floor;
  }

  /** The sequence up to which everything has been delivered. */
  get last(): number {
    return this.#last;
  }

  /** A live entry has arrived that can't be delivered before a read has filled the gap. */
  get hasGap(): boolean {
    return this.#newestLive > this.#last;
  }

  /** A removal may have been swept before it was read: only a new snapshot helps. */
  get missedRemoval(): boolean {
    return this.#missedRemoval;
  }

  /** Accepts a live entry. Returns the entries that can now be delivered, in order. */
  live(entry: Entry): Entry[] {
    this.#newestLive = Math.max(this.#newestLive, entry.sequence);
    if (entry.sequence <= this.#last) return [];
    if (this.#ahead.size < MOST_AHEAD || entry.sequence === this.#last + 1)
      this.#ahead.set(entry.sequence, entry);
    return this.#isHolding ? [] : this.#inTurn();
  }

  /**
   * Accepts the result of a read for the first entry after some sequence up to `last`. Returns the entries that can now
   * be delivered, in order.
   */
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

  /** The leader, queried after the last read, has nothing newer than `last`: the skipped entries hide nothing. */
  caughtUp(): void {
    this.#base = null;
  }

  /** The live entries held back that can now be delivered, in order. */
  held(): Entry[] {
    return this.#inTurn();
  }

  /** Live entries are delivered as they arrive from now on. Returns the entries that can now be delivered, in order. */
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
