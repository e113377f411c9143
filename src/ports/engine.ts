/** @module Port: an engine, which is a set of adapters, and the value that opens it. */

import type { Clock } from "./clock.ts";
import type { FileStore } from "./file-store.ts";
import type { Log } from "./log.ts";
import type { Membership } from "./membership.ts";
import type { Repo } from "./repo.ts";

export interface Engine {
  /** The URL without secrets, for display. */
  readonly name: string;
  readonly repo: Repo;
  readonly membership: Membership;
  readonly files: FileStore;
  /** A secret that all nodes of this engine share, stored with its data; null when the engine stores none. */
  readonly secret: string | null;
  /**
   * An id of the cluster whose records these are, the same at all its nodes and no other's: where files are kept notes it.
   * Omitted by an engine whose records do not outlive it.
   */
  readonly cluster?: string;
  /** Null if the engine can be used now, else a description of the problem. */
  trouble(): string | null;
  /**
   * Why nothing new should be accepted although the engine works, such as full storage. Null otherwise; omitted by an
   * engine that can't tell.
   */
  shortage?(): string | null;
  /** What an operator should know about what the engine runs on, as `carryout doctor` shows it. Changes nothing. */
  examine?(): Promise<EngineFinding[]>;
  close(): Promise<void>;
}

export interface EngineFinding {
  /** The subject of the check, in a word or two. */
  readonly check: string;
  readonly verdict: "ok" | "warn" | "fail";
  /** What was found. */
  readonly found: string;
  /** How to fix it, if there is anything to fix. */
  readonly advice?: string;
}

/** A chosen engine that is not open yet. `sqlite()`, `nats()` and `memory()` create one; you can write your own. */
export interface EngineFactory {
  /** For display: without secrets. */
  readonly name: string;
  /** False if all nodes run on one machine, so that they can use each other's process ids. */
  readonly spansMachines: boolean;
  /** False if everything is lost with the process: the cluster can't be observed from outside. */
  readonly persists: boolean;
  /** The data's location on this machine; omitted if it is elsewhere or not stored. */
  readonly dir?: string;
  /** On failure, nothing is left open. */
  open(context: EngineContext): Promise<Engine>;
}

/** The arguments for opening an engine. */
export interface EngineContext {
  readonly clock: Clock;
  /** Silence after which a node is presumed gone, milliseconds. */
  readonly leaseMs: number;
  readonly log: Log;
  /** Opens a store to replace the engine's own. Closed with the engine. */
  readonly openFiles?: ((synchronous: Synchronous | undefined) => Promise<FileStore>) | undefined;
  /** What a power cut can lose: "normal" the last seconds, "full" nothing, but writes wait for the disk. */
  readonly synchronous?: Synchronous | undefined;
  /** Disk space in bytes that files leave free. */
  readonly reserveBytes?: number | undefined;
  /** For a process that only observes, like the command line: no cluster is created. */
  readonly observer?: boolean | undefined;
  /** The name of this node. */
  readonly node?: string | undefined;
  /** Source of credentials; default the environment of this process. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
}

export type Synchronous = "normal" | "full";
