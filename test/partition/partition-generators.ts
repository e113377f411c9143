/** @module What the tests with hosts have made: known bytes, saved as often as files usually are. */

import { lines } from "../support/cluster-generators.ts";

export const saved = { ...lines, kind: "saved-lines", checkpointMs: 500 };
