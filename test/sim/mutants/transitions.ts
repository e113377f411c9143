/** @module Planted faults of the pure functions of a download's life. */

import type { Mutant } from "../mutant.ts";

export const TRANSITIONS: readonly Mutant[] = [
  {
    name: "a claim does not raise the epoch",
    file: "download/transitions.ts",
    find: "return { ...download, epoch: download.epoch + 1,",
    replace: "return { ...download, epoch: Math.max(1, download.epoch),",
  },
  {
    name: "a takeover is not counted",
    file: "download/transitions.ts",
    find: "(download.node === null ? 0 : 1)",
    replace: "0",
  },
  {
    name: "a different request joins",
    file: "download/transitions.ts",
    find: 'return isEqual ? "join" : "refuse";',
    replace: 'return "join";',
  },
  {
    name: "a request replaces a running download",
    file: "download/transitions.ts",
    find: 'if (isFinished(present)) return "replace";',
    replace: 'if (isFinished(present) || present.state === "pending") return "replace";',
  },
  {
    name: "a repeat of a request replaces what it made",
    file: "download/transitions.ts",
    find: "if (wanted.requestKey !== null &&",
    replace: "if (wanted.requestKey === null &&",
  },
  {
    name: "done is not clamped",
    file: "download/progress.ts",
    find: "done: Math.max(before.done, finite(tick.done)),",
    replace: "done: finite(tick.done),",
  },
  {
    name: "the fraction has no high-water mark",
    file: "download/progress.ts",
    find: "return Math.max(a, b);",
    replace: "return b;",
  },
  {
    name: "the bar is full before the file is published",
    file: "download/progress.ts",
    find: "export const GENERATING_SHARE = 0.99;",
    replace: "export const GENERATING_SHARE = 1;",
  },
  {
    name: "a mark is taken over without raising its epoch",
    file: "download/work.ts",
    find: "  return { epoch, attempt: failures, ranMs, progress };",
    replace: "  return { epoch: Math.min(epoch, 1), attempt: failures, ranMs, progress };",
  },
  {
    name: "the last attempt goes on from a checkpoint of those before it",
    file: "download/work.ts",
    find: "const counts = saved !== null && saved.madeIn >= download.freshSince;",
    replace: "const counts = saved !== null && saved.madeIn >= 0;",
  },
  {
    name: "a holder forgets how far the bar was",
    file: "download/work.ts",
    find: "    progress: progressWith(download, mark),\n    checkpoint",
    replace: "    progress: download.progress,\n    checkpoint",
  },
  {
    name: "a claim voids the checkpoint",
    file: "download/transitions.ts",
    find: '    state: "processing",\n    node,',
    replace: '    state: "processing",\n    freshSince: free.epoch,\n    node,',
  },
  {
    name: "a release voids the checkpoint",
    file: "download/transitions.ts",
    find: 'noted({ ...download, state: "pending", node: null },',
    replace: 'noted({ ...download, state: "pending", node: null, freshSince: download.epoch + 1 },',
  },
];
