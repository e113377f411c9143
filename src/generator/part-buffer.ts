/** @module Collects the bytes of the next part. */

/** What a run that has written little costs; it doubles from here. */
const FIRST_BYTES = 16 * 1024;

export class PartBuffer {
  #bytes = new Uint8Array(0);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Copies the bytes: their owner may use its buffer again at once. */
  append(bytes: Uint8Array): void {
    const needed = this.#size + bytes.length;
    if (needed > this.#bytes.length) this.#grow(needed);
    this.#bytes.set(bytes, this.#size);
    this.#size = needed;
  }

  /** Everything so far, in a buffer that nobody else holds: it may be transferred. Begins anew. */
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
