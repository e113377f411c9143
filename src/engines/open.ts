/** @module Opening an engine by its URL. */

import { CarryoutError } from "../errors.ts";
import type { Clock } from "../ports/clock.ts";
import type { Engine } from "../ports/engine.ts";
import type { FileStore } from "../ports/file-store.ts";
import type { Log } from "../telemetry/log.ts";
import { readEngineUrl, readFilesUrl } from "./engine-url.ts";

export interface EngineOptions {
  clock: Clock;
  /** Silence after which a node is taken for gone, milliseconds. */
  leaseMs: number;
  log?: Log | undefined;
  /** Where the files go instead of the engine's own store: `disk:DIR` or `memory:`. */
  files?: string | undefined;
  /** "full" loses nothing in a power cut and is slower. The URL's own `?synchronous=` goes first. */
  synchronous?: "normal" | "full" | undefined;
  /** Room on a disk that files leave free, bytes: see `openDiskFileStore`. */
  reserveBytes?: number | undefined;
  /** For a process that only looks on, as the command line does. */
  observer?: boolean | undefined;
  /** What an engine's servers show of this node. */
  node?: string | undefined;
  /** Where logins come from; default the environment of this process. */
  env?: Readonly<Record<string, string | undefined>> | undefined;
}

/**
 * Opens `memory:`, `sqlite:DIR` (`sqlite:///DIR`, `sqlite:DIR?synchronous=full`) or `nats://HOST,HOST` (`tls://HOST`,
 * see `readNatsUrl`). Only the chosen adapters are loaded. Errors: `invalid-config` for a URL that means nothing, and those of the engine.
 */
export async function openEngine(url: string, options: EngineOptions): Promise<Engine> {
  const chosen = readEngineUrl(url);
  const synchronous = (chosen.engine === "sqlite" ? chosen.synchronous : undefined) ?? options.synchronous;
  const files = await openFiles(options, synchronous);
  if (chosen.engine === "memory") {
    const { openMemoryEngine, shareMemory } = await import("./memory/memory-engine.ts");
    return openMemoryEngine(shareMemory(options), files);
  }
  if (chosen.engine === "nats") {
    const { openNatsEngine } = await import("./nats/nats-engine.ts").catch(
      explainMissing("NATS", NATS_LIBRARIES),
    );
    return await openNatsEngine({ ...options, url: chosen, env: options.env ?? process.env, files });
  }
  const { openSqliteEngine } = await import("./sqlite/sqlite-engine.ts");
  return await openSqliteEngine({ ...options, dir: chosen.dir, synchronous, files });
}

/** Optional peers of this package: whoever uses another engine need not install them. */
const NATS_LIBRARIES = ["@nats-io/transport-node", "@nats-io/jetstream"];

/** Says how to install what an engine needs; passes every other error on. */
function explainMissing(engine: string, libraries: readonly string[]): (error: unknown) => never {
  return (error) => {
    const { code, message } = error as { code?: unknown; message?: unknown };
    const missing = libraries.find((library) => String(message).includes(`'${library}'`));
    if (code !== "ERR_MODULE_NOT_FOUND" || missing === undefined) throw error;
    throw new CarryoutError(
      "invalid-config",
      `the engine for ${engine} needs ${missing}, which is not installed; run: npm install ${libraries.join(" ")}`,
      { cause: error },
    );
  };
}

/** Undefined leaves the choice to the engine. */
async function openFiles(
  { files, clock, reserveBytes, log }: EngineOptions,
  synchronous: "normal" | "full" | undefined,
): Promise<FileStore | undefined> {
  if (files === undefined) return undefined;
  const chosen = readFilesUrl(files);
  if (chosen.files === "memory") {
    const { MemoryFileStore } = await import("./memory/memory-file-store.ts");
    return new MemoryFileStore({ clock });
  }
  const { openDiskFileStore } = await import("../files/disk/disk-file-store.ts");
  return await openDiskFileStore({ root: chosen.dir, synchronous, reserveBytes, clock, log });
}
