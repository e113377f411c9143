/** @module Port: the value that opens a file store, chosen apart from the engine. */

import type { Clock } from "./clock.ts";
import type { Synchronous } from "./engine.ts";
import type { FileStore } from "./file-store.ts";
import type { Log } from "./log.ts";

/** A chosen file store that is not open yet. `s3()` creates one; you can write your own. */
export interface FileStoreFactory {
  /** For display: without secrets. */
  readonly name: string;
  /** The folder of the parts on this machine; omitted if they are elsewhere or not stored. */
  readonly dir?: string;
  /** All nodes of a cluster must get stores over the same parts. On failure, nothing is left open. */
  open(context: FileStoreContext): Promise<FileStore>;
}

/** The arguments for opening a file store. */
export interface FileStoreContext {
  readonly clock: Clock;
  readonly log: Log;
  /** See `EngineContext`. */
  readonly synchronous?: Synchronous | undefined;
  /** Disk space in bytes that files leave free. */
  readonly reserveBytes?: number | undefined;
}
