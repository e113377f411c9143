/** @module Reads the chunks of a part, with limited read-ahead. */

/** Chunks requested or buffered beyond the one that the consumer has. */
export const MOST_AHEAD = 3;
/** Maximum size of the pieces for consumers. */
const PIECE_BYTES = 256 * 1024;

export interface Span {
  /** The first byte, counted from the beginning of the part. */
  start: number;
  length: number;
  chunkSize: number;
}

/**
 * The bytes of the span in order, in pieces. A consumer that is slower than the network has one chunk fetched ahead
 * of it; each time it has to wait it gets one more, up to `MOST_AHEAD`.
 */
export async function* readAhead(
  { start, length, chunkSize }: Span,
  fetchChunk: (number: number) => Promise<Uint8Array>,
): AsyncGenerator<Uint8Array, void, void> {
  const end = start + length;
  const ahead = new Ahead(Math.floor(start / chunkSize), Math.ceil(end / chunkSize), fetchChunk);
  for (let position = start; position < end; ) {
    const begin = position - (position % chunkSize);
    const chunk = await ahead.next();
    const stop = Math.min(end, begin + chunkSize);
    for (; position < stop; position = Math.min(stop, position + PIECE_BYTES)) {
      yield chunk.subarray(position - begin, Math.min(stop, position + PIECE_BYTES) - begin);
    }
  }
}

class Ahead {
  readonly #fetchChunk: (number: number) => Promise<Uint8Array>;
  readonly #stop: number;
  readonly #fetched: { chunk: Promise<Uint8Array>; ready: boolean }[] = [];
  #number: number;
  #depth = 0;

  constructor(first: number, stop: number, fetchChunk: (number: number) => Promise<Uint8Array>) {
    this.#number = first;
    this.#stop = stop;
    this.#fetchChunk = fetchChunk;
  }

  async next(): Promise<Uint8Array> {
    this.#fetch(1);
    const { chunk, ready } = this.#fetched.shift()!;
    if (!ready) this.#depth = Math.min(MOST_AHEAD, this.#depth + 1);
    this.#fetch(this.#depth);
    return await chunk;
  }

  #fetch(depth: number): void {
    while (this.#fetched.length < depth && this.#number < this.#stop) {
      const fetched = { chunk: this.#fetchChunk(this.#number), ready: false };
      this.#number += 1;
      this.#fetched.push(fetched);
      // An error reaches the consumer when it gets to this chunk; if it has left, the error does not matter.
      const ready = () => {
        fetched.ready = true;
      };
      fetched.chunk.then(ready, ready);
    }
  }
}
