/** @module The revision of a generator: it changes with the code that produces its bytes. */

import { valueName } from "../text/value-name.ts";

/**
 * "restart": the file is made again from its beginning. "wait": the same, but only after a while in which nodes of its
 * own revision may continue it. "continue": it resumes from its checkpoint.
 */
export type RevisionChange = "restart" | "wait" | "continue";

const CHANGES: readonly unknown[] = ["restart", "wait", "continue"] satisfies RevisionChange[];
const REVISION = /^[\x20-\x7e]{1,64}$/;

/** Of a generator. */
export interface Revised {
  readonly revision: string | undefined;
  readonly library?: string;
}

/**
 * The revision stored in the records of this generator's downloads. `source`: the digest of the modules that it was
 * loaded from, or "" for one given as a value, which without a revision of its own counts as unchanged.
 */
export function revisionOf(generator: Revised, source: string): string {
  const own = generator.revision ?? source;
  return generator.library === undefined ? own : `${own}+${generator.library}`;
}

export function checkedRevision(revision: unknown, wrong: (what: string) => TypeError): string | undefined {
  if (revision === undefined || (typeof revision === "string" && REVISION.test(revision))) return revision;
  const shown = typeof revision === "string" ? JSON.stringify(revision.slice(0, 80)) : valueName(revision);
  throw wrong(`revision must be 1 to 64 printable ASCII characters, not ${shown}`);
}

export function checkedRevisionChange(
  change: RevisionChange | undefined,
  wrong: (what: string) => TypeError,
): RevisionChange {
  if (change === undefined) return "restart";
  if (CHANGES.includes(change)) return change;
  const shown = JSON.stringify(change) ?? valueName(change);
  throw wrong(`onRevisionChange must be "restart", "wait" or "continue", not ${shown}`);
}
