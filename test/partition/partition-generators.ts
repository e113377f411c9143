/** @module What the tests with hosts have made: known bytes, saved as often as files usually are. */

import { lines } from "../support/cluster-generators.ts";

/** `lines` saves more often than a far-away store can bear. */
export const calm = {
  ...lines,
  kind: "calm-lines",
  checkpointMs: 500,
};
