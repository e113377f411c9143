/** @module What the contract of `Repo` needs from an adapter. */

import type { Repo } from "../repo.ts";

/** Where a text is planted: of the work, the marks or what is saved beside them. */
export type RepoPart = "slots" | "marks" | "saved" | "history";

/** Records of their own for one test. */
export interface RepoCluster {
  /** Another node's repo over the same records. */
  open(): Promise<Repo>;
  /** Writes any text as the record of this key past all repos, as a hand, a fault or another version may. */
  plant(part: RepoPart, key: string, text: string): Promise<void>;
  /** Closes what is still open and removes the records. */
  dispose(): Promise<void>;
}
