/** @module Port: an engine, which is adapters that belong together, and the value that opens it. */

import type { Clock } from "./clock.ts";
import type { FileStore } from "./file-store.ts";
import type { Log } from "./log.ts";
import type { Membership } from "./membership.ts";
import type { Repo } from "./repo.ts";

export interface Engine {
  /** The URL without secrets, for people. */
  readonly name: string;
  readonly repo: Repo;
  readonly membership: Membership;
  readonly files: FileStore;
  /** A secret that all nodes of this engine share, kept beside its data; null when the engine keeps none. */
  readonly secret: string | null;
  /** Null when the engine can be used now, else what is wrong, for people. */
  trouble(): string | null;
  /**
   * Why nothing new should be accepted although the engine works, in words: storage is full. Null otherwise,
   * and left out by an engine that can't tell.
   */
  shortage?(): string | null;
  close(): Promise<void>;
}

/** An engine that was chosen and is not open yet. `sqlite()`, `nats()` and `memory()` make one, and so may you. */
export interface EngineFactory {
  /** For people: no secrets. */
  readonly name: string;
  /** False when all nodes run on one machine, so that their process ids mean something to one another. */
  readonly spansMachines: boolean;
  /** False when everything is gone with the process: nobody outside it can look at the cluster. */
  readonly persists: boolean;
  /** Where the data are on this machine; left out when they are elsewhere or nowhere. */
  readonly dir?: string;
  /** What failed to open leaves nothing open. */
  open(context: EngineContext): Promise<Engine>;
}

/** What an engine is opened with. */
export interface EngineContext {
  readonly clock: Clock;
  /** Silence after which a node is taken for gone, milliseconds. */
  readonly leaseMs: number;
  readonly log: Log;
  /** Opens the store that takes the place of the engine's own. Closed with the engine. */
  readonly openFiles?: ((synchronous: Synchronous | undefined) => Promise<FileStore>) | undefined;
  /** What a power cut can take: "normal" the last seconds, "full" nothing, at the price of waiting for the disk. */
  readonly synchronous?: Synchronous | undefined;
  /** Room on a disk that files leave free, bytes. */
  readonly reserveBytes?: number | undefined;
  /** For a process that only observes, as the command line does: nothing is begun where nothing is. */
  readonly observer?: boolean | undefined;
  /** The name of this node. */
  readonly node?: string | undefined;
  /** Where logins come from; default the environment of this process. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
}

export type Synchronous = "normal" | "full";
