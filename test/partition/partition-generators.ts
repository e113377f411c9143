/** @module Generators for tests with hosts: known bytes, with checkpoints as often as in typical use. */

import { lines } from "../support/cluster-generators.ts";

export const saved = { ...lines, kind: "saved-lines", checkpointMs: 500 };
