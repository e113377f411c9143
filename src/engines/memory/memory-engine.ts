/** @module The engine `memory:`: everything in one process, gone when it ends. */

import { systemClock } from "../../clock/system.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Engine } from "../../ports/engine.ts";
import type { FileStore } from "../../ports/file-store.ts";
import { MemoryFileStore, type MemoryParts } from "./memory-file-store.ts";
import { MemoryMembershipHub } from "./memory-membership.ts";
import { MemoryStore } from "./memory-repo.ts";

/** What the nodes of one process share: give the same to the engine of each. */
export interface SharedMemory {
  clock: Clock;
  records: MemoryStore;
  members: MemoryMembershipHub;
  parts: MemoryParts;
  secret: string;
}

export function shareMemory(options: { clock?: Clock; leaseMs?: number } = {}): SharedMemory {
  const { clock = systemClock, leaseMs = 3_000 } = options;
  return {
    clock,
    records: new MemoryStore(),
    members: new MemoryMembershipHub({ clock, leaseMs }),
    parts: new Map(),
    secret: clock.id() + clock.id(),
  };
}

/** The engine of one node. Without `shared` the node is alone. The file store is closed with it, also a given one. */
export function openMemoryEngine(shared: SharedMemory = shareMemory(), files?: FileStore): Engine {
  const repo = shared.records.open();
  const membership = shared.members.open();
  const store = files ?? new MemoryFileStore({ clock: shared.clock, parts: shared.parts });
  let closed: Promise<void> | null = null;
  const close = async () => {
    await membership.close();
    await repo.close();
    await store.close();
  };
  return {
    name: "memory:",
    repo,
    membership,
    files: store,
    secret: shared.secret,
    trouble: () => (closed ? "the engine is closed" : null),
    close: () => {
      closed ??= close();
      return closed;
    },
  };
}
