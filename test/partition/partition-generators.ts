/** @module What the tests with hosts have made: known bytes, saved as often as files usually are, or never. */

import { lines } from "../support/cluster-generators.ts";

export const saved = { ...lines, kind: "saved-lines", checkpointMs: 500 };

/** For stores that are so far away that a save takes longer than the work between two of them. */
export const unsaved = { ...lines, kind: "unsaved-lines", checkpointMs: 3_600_000 };
