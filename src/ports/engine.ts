/** @module An engine: adapters that belong together, chosen by one URL. */

import type { FileStore } from "./file-store.ts";
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
   * Why nothing new should be promised although it can be used, for people: there is no room for it. Null otherwise,
   * and left out by an engine that can't tell.
   */
  shortage?(): string | null;
  close(): Promise<void>;
}
