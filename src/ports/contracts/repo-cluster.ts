/** @module What the contract of `Repo` needs from an adapter. */

import type { Repo } from "../repo.ts";

/** Where a text is planted; of the work, either the marks or the saved states. */
export type RepoPart = "slots" | "marks" | "saved" | "history";

/** Separate records for one test. */
export interface RepoCluster {
  /** Another node's repo over the same records. */
  open(): Promise<Repo>;
  /** Writes any text as the record of this key bypassing all repos, as an operator, a fault or another version may. */
  plant(part: RepoPart, key: string, text: string): Promise<void>;
  /** Closes what is still open and removes the records. */
  dispose(): Promise<void>;
}
