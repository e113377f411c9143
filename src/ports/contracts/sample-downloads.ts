/** @module Records for the contract suite and for tests of adapters. */

import type { Download, Part } from "../../download/download.ts";
import { request } from "../../download/transitions.ts";
import type { Mark, Saved } from "../../download/work.ts";

const NOW = 1_790_000_000_000;

/** A new record of this user, with all nullable fields null. */
export function sampleDownload(user: string, changes: Partial<Download> = {}): Download {
  const asked = { user, slot: changes.slot ?? "default", kind: "cities.csv", params: { country: "DE" } };
  return { ...request(asked, NOW, `id-of-${user}`.slice(0, 40)), ...changes };
}

/** The same record with progress: as written by an update. */
export function atProgress(download: Download, done: number): Download {
  return { ...download, state: "processing", progress: { ...download.progress, done } };
}

export function sampleParts(count: number): Part[] {
  return Array.from({ length: count }, (_, index) => ({
    key: `9Zk_rl-0aJc3/1-${index}`,
    size: 4_194_304,
    sha256: index.toString(16).padStart(64, "0"),
  }));
}

/** A finished record with every field set, with characters from all planes and text that could be misparsed. */
export function fullDownload(user: string, parts: Part[]): Download {
  return sampleDownload(user, {
    id: "9Zk_rl-0aJc3fQm4Wb1X2w",
    params: {
      größe: "\u0000 null byte, \u2028 line separator, 🚀, \ud800 lone surrogate",
      nested: [null, true, -0.5, 1e300, 9_007_199_254_740_991, "", [], {}],
      quotes: `'); DROP TABLE downloads; -- " \\ \r\n`,
      __proto__text: "constructor",
    },
    state: "ready",
    node: "n1/7hY2",
    epoch: 7,
    failures: 2,
    handovers: 3,
    progress: { done: 12.5, total: 100, message: "列を書いています", fraction: 0.125, etaMs: 0 },
    revision: "r-7f3a",
    freshSince: 6,
    file: { name: "städte 🏙.csv", type: "text/csv; charset=utf-8", size: 1, sha256: "00".repeat(32), parts },
    error: { code: "generation-failed", message: "no\nsuch\ttable", retriable: true },
    startedAt: NOW + 1,
    finishedAt: NOW + 2,
    checkpoints: { count: 4, at: NOW + 2 },
    story: {
      events: [
        { type: "requested", at: NOW },
        { type: "claimed", at: NOW + 1, node: "n2/aa", epoch: 7, from: "n1/7hY2", anew: true },
        { type: "attempt-failed", at: NOW + 1, node: "n2/aa", code: "generation-failed", message: "größe 🏙" },
      ],
      dropped: 5,
    },
    expiresAt: NOW + 3,
  });
}

/** A download that ended as a file, ready for the history. */
export function finishedDownload(user: string, id: string, changes: Partial<Download> = {}): Download {
  return { ...fullDownload(user, sampleParts(1)), id, slot: "default", expiresAt: NOW + 60_000, ...changes };
}

export function sampleMark(done: number, epoch = 1): Mark {
  const progress = { done, total: 100, message: "größe 🏙", fraction: done / 100, etaMs: null };
  return { epoch, attempt: 0, ranMs: 10 * done, progress };
}

export function sampleSaved(partCount: number, epoch = 1): Saved {
  const parts = sampleParts(partCount);
  const checkpoint = {
    state: { after: ["Zürich", null] },
    parts,
    size: 4_194_304 * partCount,
    hash: "AAECAw==",
  };
  return { epoch, attempt: 2, ranMs: 5, checkpoint, madeIn: epoch };
}
