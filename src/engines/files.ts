/** @module Opens a file store by its URL, to replace an engine's own. */

import type { EngineContext } from "../ports/engine.ts";
import { readFilesUrl } from "./engine-url.ts";

type Files = Pick<EngineContext, "clock" | "reserveBytes" | "log">;

/** For `EngineContext`: undefined without a URL, which leaves the choice to the engine. */
export function filesAt(url: string | undefined, context: Files): EngineContext["openFiles"] {
  if (url === undefined) return undefined;
  const chosen = readFilesUrl(url);
  if (chosen.files === "memory") {
    return async () => {
      const { MemoryFileStore } = await import("./memory/memory-file-store.ts");
      return new MemoryFileStore(context);
    };
  }
  return async (synchronous) => {
    const { openDiskFileStore } = await import("../files/disk/disk-file-store.ts");
    return await openDiskFileStore({ ...context, root: chosen.dir, synchronous });
  };
}
