/** @module Records in the memory of one process: for tests, simulation and `memory:`. Lost when it ends. */

import { decodeDownload } from "../../download/codec.ts";
import { CarryoutError } from "../../errors.ts";
import type { Repo } from "../../ports/repo.ts";
import { MemoryHistoryIndex, memoryHistory } from "./memory-history.ts";
import { memorySlots } from "./memory-slots.ts";
import { MemoryTable } from "./memory-table.ts";
import { memoryWork } from "./memory-work.ts";

export type MemoryPart = "slots" | "marks" | "saved" | "history";

/** What the repos of several nodes in one process share. Deterministic: no timers, no chance. */
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

  /** A repo over these records. Closing it leaves the records and the other repos alone. */
  open(): Repo {
    return memoryRepo(this);
  }

  /** Writes any text, as a hand or another version may. */
  plant(part: MemoryPart, key: string, text: string): void {
    if (part === "history") this.index.note(key, decodeDownload(key, text).value?.expiresAt ?? null);
    this[part].put(key, text);
  }
}

/** One node's view of a `MemoryStore`. Step by step, as engines without transactions over the three parts. */
function memoryRepo(store: MemoryStore): Repo {
  const closed = new AbortController();
  const checkOpen = () => {
    if (closed.signal.aborted) throw new CarryoutError("closed", "this repo is closed");
  };
  return {
    slots: memorySlots(store, checkOpen, closed.signal),
    work: memoryWork(store, checkOpen, closed.signal),
    history: memoryHistory(store, checkOpen),
    async close() {
      closed.abort();
    },
  };
}
