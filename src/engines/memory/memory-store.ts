/** @module The tables of the memory engine. */

import { decodeDownload } from "../../download/codec.ts";
import { MemoryHistoryIndex } from "./memory-history-index.ts";
import { MemoryTable } from "./memory-table.ts";

export type MemoryPart = "slots" | "marks" | "saved" | "history";

/** What the repos of several nodes in one process share. Deterministic: no timers, no randomness. */
export class MemoryStore {
  #lastVersion = 0;
  readonly #nextVersion = () => {
    this.#lastVersion += 1;
    return this.#lastVersion;
  };
  readonly slots = new MemoryTable(this.#nextVersion);
  readonly marks = new MemoryTable(this.#nextVersion);
  readonly saved = new MemoryTable(this.#nextVersion);
  readonly history = new MemoryTable(this.#nextVersion);
  readonly index = new MemoryHistoryIndex();

  /** Writes any text, as an operator or another version may. */
  plant(part: MemoryPart, key: string, text: string): void {
    if (part === "history") this.index.note(key, decodeDownload(key, text).value?.expiresAt ?? null);
    this[part].put(key, text);
  }
}
