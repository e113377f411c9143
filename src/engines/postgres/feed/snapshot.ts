/** @module What a snapshot of PostgreSQL sees, computed here: a cursor over changes that misses none. */

/**
 * A moment of the server: the transactions that were over. Those still running then have lower numbers than some that
 * were over, and become visible later; a cursor on a sequence or on a time passes them and never sees them.
 * https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-INFO-SNAPSHOT
 */
export class Snapshot {
  /** As the server writes it: "xmin:xmax:xip,xip". */
  readonly text: string;
  readonly #xmin: bigint;
  readonly #xmax: bigint;
  readonly #running: ReadonlySet<bigint>;

  constructor(text: string) {
    const parts = /^(\d+):(\d+):([\d,]*)$/.exec(text);
    if (parts === null) throw new TypeError(`${JSON.stringify(text)} is not a snapshot`);
    this.text = text;
    this.#xmin = BigInt(parts[1]!);
    this.#xmax = BigInt(parts[2]!);
    this.#running = new Set(parts[3] === "" ? [] : parts[3]!.split(",").map(BigInt));
  }

  /** True if this transaction was over: what it wrote, if anything, was visible. */
  sees(xid: string): boolean {
    const id = BigInt(xid);
    if (id < this.#xmin) return true;
    return id < this.#xmax && !this.#running.has(id);
  }

  /** True if this one was taken before the other, or of an earlier life of the server, whose end was lost. */
  isBehind(other: Snapshot): boolean {
    return this.#xmax < other.#xmax;
  }
}
