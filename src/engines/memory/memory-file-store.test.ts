import { systemClock } from "../../clock/system.ts";
import { fileStoreContract } from "../../ports/contracts/file-store-contract.ts";
import { MemoryFileStore, type MemoryParts } from "./memory-file-store.ts";

fileStoreContract("memory", async () => {
  const parts: MemoryParts = new Map();
  return {
    open: async () => new MemoryFileStore({ clock: systemClock, parts }),
    dispose: async () => parts.clear(),
  };
});
