/** @module Downloads in every state, for looking at the elements. */

import type { PublicDownload } from "../../src/client/public-download.ts";
import { sample } from "../../src/client/sample.testing.ts";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

const ago = (ms: number) => new Date(Date.now() - ms).toISOString();

export function waiting(change: Partial<PublicDownload> = {}): PublicDownload {
  return sample({
    state: "pending",
    node: null,
    epoch: 0,
    position: 3,
    etaMs: 130_000,
    requestedAt: ago(0),
    ...change,
  });
}

/** `done` of 135,233 rows; `total` null while it is not known. */
export function running(
  done: number,
  change: Partial<PublicDownload> = {},
  total: number | null = 135_233,
): PublicDownload {
  const fraction = total === null ? null : done / total;
  const progress = { done, total, fraction, message: null };
  return sample({ progress, requestedAt: ago(20_000), ...change });
}

export function finished(name: string, size: number, change: Partial<PublicDownload> = {}): PublicDownload {
  const id = change.id ?? "a";
  const file = {
    name,
    type: "text/plain",
    size,
    sha256: "0",
    url: `/downloads/${id}/${encodeURIComponent(name)}`,
  };
  return sample({
    state: "ready",
    node: null,
    progress: { done: 1, total: 1, fraction: 1, message: null },
    file,
    requestedAt: ago(6 * MINUTE),
    finishedAt: ago(5 * MINUTE),
    expiresAt: new Date(Date.now() + 2 * DAY).toISOString(),
    ...change,
  });
}

export function failed(message: string, change: Partial<PublicDownload> = {}): PublicDownload {
  return sample({
    state: "error",
    node: null,
    error: { code: "generation-failed", message, retriable: true },
    requestedAt: ago(9 * MINUTE),
    finishedAt: ago(8 * MINUTE),
    ...change,
  });
}

/** One row of each kind, newest first. */
export function mixed(): PublicDownload[] {
  const at = (minutes: number, id: string) => ({ id, slot: id, requestedAt: ago(minutes * MINUTE) });
  return [
    waiting({ ...at(0, "w"), kind: "invoices.xlsx" }),
    running(55_000, { ...at(1, "r"), kind: "cities.pdf", etaMs: 100_000 }),
    running(48_210, { ...at(2, "u"), kind: "events.ndjson" }, null),
    finished("orders-2026-11.csv", 1_234_567, { ...at(6, "c"), kind: "orders.csv" }),
    failed("The warehouse is closed for stocktaking until Monday.", { ...at(9, "f"), kind: "stock.parquet" }),
    finished("everything.zip", 6_812_345_678, {
      ...at(60 * 5, "z"),
      kind: "all.zip",
      finishedAt: ago(280 * MINUTE),
    }),
    finished("Bericht für das dritte Quartal – endgültige Fassung (2).pdf", 734_112, {
      ...at(60 * 26, "q"),
      kind: "report.pdf",
      finishedAt: ago(26 * 60 * MINUTE),
    }),
  ];
}

/** A long history. */
export function many(count: number): PublicDownload[] {
  return Array.from({ length: count }, (_, index) =>
    finished(`report-${index}.csv`, 10_000 + index * 999, {
      id: `m${index}`,
      slot: `m${index}`,
      kind: "report.csv",
      requestedAt: ago((index + 2) * MINUTE),
      finishedAt: ago((index + 1) * MINUTE),
    }),
  );
}
