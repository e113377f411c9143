/** @module Records in the memory of one process: for tests, simulation and `memory:`. Lost when it ends. */

import { CarryoutError } from "../../errors.ts";
import type { Repo } from "../../ports/repo.ts";
import { memoryHistory } from "./memory-history.ts";
import { memorySlots } from "./memory-slots.ts";
import type { MemoryStore } from "./memory-store.ts";
import { memoryWork } from "./memory-work.ts";

/**
 * One node's view of these records. Closing it does not affect them or the other repos. Archives step by step, like
 * engines without transactions over the three parts.
 */
export function openMemoryRepo(store: MemoryStore): Repo {
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
