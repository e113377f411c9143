/** @module The queue of downloads that wait for capacity: users take turns. */

/** Determines the position in the queue: it never changes, and is the same on every node. */
export interface Waiting {
  readonly id: string;
  readonly ticket: number;
  readonly turns: number;
}

/**
 * A turn lasts for this many requests. Until that many others have arrived, no user's second request comes before any
 * user's first. After that it comes before later ones: it may wait long, but not forever, however many arrive.
 */
const REQUESTS_IN_A_TURN = 1_000;

/**
 * A sorted array: positions are found by binary search, and since items mostly join at the end and leave at the front,
 * few elements move. With 100,000 waiting an operation takes some tens of microseconds.
 */
export class WaitQueue<Item extends Waiting = Waiting> {
  readonly #items: Item[] = [];

  get length(): number {
    return this.#items.length;
  }

  add(item: Item): void {
    const index = this.#indexOf(item);
    if (this.#items[index]?.id !== item.id) this.#items.splice(index, 0, item);
  }

  remove(item: Item): void {
    const index = this.#indexOf(item);
    if (this.#items[index]?.id === item.id) this.#items.splice(index, 1);
  }

  /** 1 for the first; null if it is not waiting. */
  position(item: Waiting): number | null {
    const index = this.#indexOf(item);
    return this.#items[index]?.id === item.id ? index + 1 : null;
  }

  /** From the front. Don't change the queue while iterating. */
  [Symbol.iterator](): Iterator<Item> {
    return this.#items[Symbol.iterator]();
  }

  /** Where the item is, or would be. */
  #indexOf(item: Waiting): number {
    let low = 0;
    let high = this.#items.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (isBefore(this.#items[middle]!, item)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function isBefore(a: Waiting, b: Waiting): boolean {
  const [ofA, ofB] = [turnOf(a), turnOf(b)];
  return ofA < ofB || (ofA === ofB && a.id < b.id);
}

/** Its place in the order of the queue, where equal ones are in order of their ids. */
export function turnOf({ ticket, turns }: Omit<Waiting, "id">): number {
  return ticket + turns * REQUESTS_IN_A_TURN;
}
