/** @module Test support: sample public downloads. */

import type { PublicDownload } from "./public-download.ts";

export function sample(change: Partial<PublicDownload> = {}): PublicDownload {
  return {
    id: "a",
    slot: "default",
    kind: "cities.pdf",
    state: "processing",
    progress: { done: 0, total: null, fraction: null, message: null },
    position: null,
    etaMs: null,
    node: "n1/x",
    epoch: 1,
    file: null,
    error: null,
    requestedAt: "2026-01-02T03:04:05.000Z",
    startedAt: "2026-01-02T03:04:05.000Z",
    finishedAt: null,
    expiresAt: null,
    ...change,
  };
}

export function at(fraction: number | null, change: Partial<PublicDownload> = {}): PublicDownload {
  const total = fraction === null ? null : 1_000;
  const done = Math.floor((fraction ?? 0) * 1_000);
  return sample({ progress: { done, total, fraction, message: null }, ...change });
}

export function ready(change: Partial<PublicDownload> = {}): PublicDownload {
  const file = {
    name: "cities.pdf",
    type: "application/pdf",
    size: 12_345_678,
    sha256: "0",
    url: "/downloads/a/cities.pdf",
  };
  return at(1, { state: "ready", node: null, file, expiresAt: "2026-01-03T03:04:05.000Z", ...change });
}
