/** @module Planted faults of revisions. */

import type { Mutant } from "../mutant.ts";

export const REVISIONS: readonly Mutant[] = [
  {
    name: "a claim does not compare the revision",
    file: "download/transitions.ts",
    find: "return startedAt === null || making.continues ||",
    replace: "return startedAt !== null || making.continues ||",
  },
  {
    name: "what another revision saved is not voided",
    file: "download/transitions.ts",
    find: "    freshSince: download.epoch,\n    ranMs: 0,",
    replace: "    ranMs: 0,",
  },
  {
    name: "a voided checkpoint counts again for the next holder",
    file: "download/work.ts",
    find: "if (saved === null) return { epoch, attempt: failures, ranMs: 0, checkpoint: null, madeIn: 0 };\n  return { ...saved, epoch };",
    replace:
      "if (saved === null) return { epoch, attempt: failures, ranMs: 0, checkpoint: null, madeIn: 0 };\n  return { ...saved, epoch, madeIn: epoch };",
  },
  {
    name: "a node does not write down its revision",
    file: "download/transitions.ts",
    find: "    revision: making.revision,\n",
    replace: "    revision: download.revision ?? making.revision,\n",
  },
  {
    name: "no file waits for its revision",
    file: "tracker/revisions.ts",
    find: "return Math.max(0, since.ranMs + generator.revisionWaitMs - ranMs);",
    replace: "return 0;",
  },
  {
    name: "a file waits for its revision without end",
    file: "tracker/revisions.ts",
    find: "return Math.max(0, since.ranMs + generator.revisionWaitMs - ranMs);",
    replace: "return since.ranMs + generator.revisionWaitMs - ranMs < ranMs ? 1_000 : 500;",
  },
];
