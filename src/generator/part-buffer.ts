/** @module Collects the bytes of the next part, in buffers that are used again. */

/** Initial size: the cost of a run that has written little. It doubles from here. */
const FIRST_BYTES = 16 * 1024;

/**
 * A buffer that was given back serves a later part. Without that a large file leaves its parts to the garbage collector,
 * which is in no hurry: V8 does not count their bytes as its own.
 */
export class PartBuffer {
  readonly #spare: Uint8Array<ArrayBuffer>[] = [];
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

  /** Returns everything so far, and starts over. The bytes stay as they are until they are given back, if ever. */
  take(): Uint8Array<ArrayBuffer> {
    const taken = this.#bytes.subarray(0, this.#size);
    this.#bytes = this.#spare.pop() ?? new Uint8Array(0);
    this.#size = 0;
    return taken;
  }

  /** Takes back what `take` returned, to overwrite it. */
  giveBack(taken: Uint8Array<ArrayBuffer>): void {
    this.#spare.push(new Uint8Array(taken.buffer));
  }

  #grow(needed: number): void {
    const larger = new Uint8Array(Math.max(needed, 2 * this.#bytes.length, FIRST_BYTES));
    larger.set(this.#bytes.subarray(0, this.#size));
    this.#bytes = larger;
  }
}
