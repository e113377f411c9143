/** @module The engine `memory:`: everything in one process, lost when it ends. */

import { systemClock } from "../../clock/system.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Engine } from "../../ports/engine.ts";
import type { FileStore } from "../../ports/file-store.ts";
import type { Log } from "../../ports/log.ts";
import { MemoryFileStore, type MemoryParts } from "./memory-file-store.ts";
import { MemoryMembers, openMemoryMembership } from "./memory-membership.ts";
import { openMemoryRepo } from "./memory-repo.ts";
import { MemoryStore } from "./memory-store.ts";

/** Data shared by the nodes of one process: give the same value to the engine of each. */
export interface SharedMemory {
  clock: Clock;
  leaseMs: number;
  records: MemoryStore;
  members: MemoryMembers;
  parts: MemoryParts;
  secret: string;
}

export function shareMemory(options: { clock?: Clock; leaseMs?: number } = {}): SharedMemory {
  const { clock = systemClock, leaseMs = 3_000 } = options;
  return {
    clock,
    leaseMs,
    records: new MemoryStore(),
    members: new MemoryMembers(),
    parts: new Map(),
    secret: clock.id() + clock.id(),
  };
}

/** The engine of one node. Without `shared` the node is alone. The file store, even a given one, is closed with it. */
export async function openMemoryEngine(
  log: Log,
  shared: SharedMemory = shareMemory(),
  files?: FileStore,
): Promise<Engine> {
  const repo = openMemoryRepo(shared.records);
  const membership = await openMemoryMembership({ ...shared, log }, shared.members);
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
