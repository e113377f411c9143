/** @module Parts in the memory of one process: for tests, simulation and `memory:`. Lost when it ends. */

import { CarryoutError } from "../../errors.ts";
import type { Clock } from "../../ports/clock.ts";
import { checkKey, checkPrefix } from "../../ports/file-key.ts";
import { bytesToRead, missingPart } from "../../ports/file-range.ts";
import type { ByteRange, FileStore } from "../../ports/file-store.ts";

const CHUNK_BYTES = 64 * 1024;

/** Parts by key, shared by the stores of several nodes in one process. */
export type MemoryParts = Map<string, { bytes: Uint8Array; modifiedAt: number }>;

export interface MemoryFileStoreOptions {
  clock: Pick<Clock, "now">;
  /** Default: its own parts. */
  parts?: MemoryParts;
}

/** Closing a store leaves the parts alone. A `get` in progress reads to the end, even after a removal. */
export class MemoryFileStore implements FileStore {
  readonly #clock: Pick<Clock, "now">;
  readonly #parts: MemoryParts;
  #closed = false;

  constructor({ clock, parts = new Map() }: MemoryFileStoreOptions) {
    this.#clock = clock;
    this.#parts = parts;
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    this.#checkOpen();
    checkKey(key);
    this.#parts.set(key, { bytes: Uint8Array.from(bytes), modifiedAt: this.#clock.now() });
  }

  async *get(key: string, range?: ByteRange): AsyncGenerator<Uint8Array, void, void> {
    this.#checkOpen();
    checkKey(key);
    const part = this.#parts.get(key);
    if (part === undefined) throw missingPart(key, "is not there");
    const { start, length } = bytesToRead(key, part.bytes.length, range);
    const end = start + length;
    for (let position = start; position < end; position += CHUNK_BYTES) {
      yield part.bytes.slice(position, Math.min(position + CHUNK_BYTES, end));
    }
  }

  async remove(prefix: string): Promise<void> {
    this.#checkOpen();
    checkPrefix(prefix);
    for (const key of this.#parts.keys()) {
      if (key.startsWith(prefix)) this.#parts.delete(key);
    }
  }

  async *list(prefix: string): AsyncGenerator<{ key: string; size: number; modifiedAt: number }, void, void> {
    this.#checkOpen();
    checkPrefix(prefix);
    for (const [key, { bytes, modifiedAt }] of this.#parts) {
      if (key.startsWith(prefix)) yield { key, size: bytes.length, modifiedAt };
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  #checkOpen(): void {
    if (this.#closed) throw new CarryoutError("closed", "this file store is closed");
  }
}
