/** @module Collects the bytes of the next part. */

/** Initial size: the cost of a run that has written little. It doubles from here. */
const FIRST_BYTES = 16 * 1024;

export class PartBuffer {
  #bytes = new Uint8Array(0);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Copies the bytes: the caller may reuse its buffer at once. */
  append(bytes: Uint8Array): void {
    const needed = this.#size + bytes.length;
    if (needed > this.#bytes.length) this.#grow(needed);
    this.#bytes.set(bytes, this.#size);
    this.#size = needed;
  }

  /** Returns everything so far in a buffer with no other owner, so that it may be transferred, and starts over. */
  take(): Uint8Array {
    const taken = this.#bytes.subarray(0, this.#size);
    this.#bytes = new Uint8Array(0);
    this.#size = 0;
    return taken;
  }

  #grow(needed: number): void {
    const larger = new Uint8Array(Math.max(needed, 2 * this.#bytes.length, FIRST_BYTES));
    larger.set(this.#bytes.subarray(0, this.#size));
    this.#bytes = larger;
  }
}
