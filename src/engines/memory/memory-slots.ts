/** @module The slots in the memory of one process. */

import { encodeDownload } from "../../download/codec.ts";
import type { Download } from "../../download/download.ts";
import { keyOf, ownerOf, userPrefix } from "../../download/key.ts";
import type { Stored, Version } from "../../ports/repo.ts";
import type { SlotEvent, Slots } from "../../ports/slots.ts";
import { isDamaged, listed, slotEventOf, storedOf } from "../../ports/stored-text.ts";
import type { MemoryStore } from "./memory-store.ts";

export function memorySlots({ slots }: MemoryStore, checkOpen: () => void, closed: AbortSignal): Slots {
  return {
    async fetch(key: string): Promise<Stored | null> {
      checkOpen();
      const entry = slots.get(key);
      return entry === undefined ? null : storedOf(entry);
    },

    async list(user: string): Promise<Stored[]> {
      checkOpen();
      return listed(slots.entries(ownerOf(userPrefix(user))));
    },

    async insert(download: Download): Promise<Version | null> {
      checkOpen();
      const key = keyOf(download);
      const present = slots.get(key);
      const isFree = present === undefined || isDamaged(key, present.text);
      return isFree ? slots.put(key, encodeDownload(download)) : null;
    },

    async update(download: Download, version: Version): Promise<Version | null> {
      checkOpen();
      const key = keyOf(download);
      return slots.get(key)?.version === version ? slots.put(key, encodeDownload(download)) : null;
    },

    async remove(key: string, version: Version): Promise<Version | null> {
      checkOpen();
      return slots.get(key)?.version === version ? slots.delete(key) : null;
    },

    async *watch(signal: AbortSignal): AsyncGenerator<SlotEvent, void, void> {
      checkOpen();
      const over = AbortSignal.any([signal, closed]);
      if (over.aborted) return;
      yield { type: "begin" };
      for await (const change of slots.follow(null, over)) {
        yield change === null ? { type: "synced" } : slotEventOf(change);
      }
    },
  };
}
