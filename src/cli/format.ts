/** @module Records and numbers as the command line shows them. */

import { fileSize } from "../client/format.ts";
import { printableLine } from "../telemetry/printable.ts";
import type { DownloadStatus } from "../tracker/status.ts";

/** Columns as wide as their widest cell; the last one is not padded. Without rows, no lines: not even the heading. */
export function table(heading: readonly string[], rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return [];
  const all = [heading, ...rows.map((row) => row.map(printableLine))];
  const widths = heading.map((_, column) => Math.max(...all.map((row) => (row[column] ?? "").length)));
  return all.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

/** "3 s", "4 min", "2 h", "5 d": the largest unit that fits. */
export function span(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  if (seconds < 90) return `${seconds} s`;
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min`;
  if (seconds < 36 * 3_600) return `${Math.round(seconds / 3_600)} h`;
  return `${Math.round(seconds / 86_400)} d`;
}

export function bytes(size: number): string {
  return fileSize(size, "en");
}

/** "41 %", or the count while no total is known. */
export function progressOf({ download }: DownloadStatus): string {
  const { fraction, done } = download.progress;
  if (download.state === "ready") return "100 %";
  if (fraction !== null) return `${Math.floor(fraction * 100)} %`;
  return done > 0 ? String(done) : "";
}

/** Details of a download besides its state: its queue position, its file, its error. */
export function remarkOf(status: DownloadStatus, now: number): string {
  return printableLine(remark(status, now));
}

function remark(status: DownloadStatus, now: number): string {
  const { download } = status;
  if (download.state === "error") return download.error?.message ?? "failed";
  if (download.file && download.state === "ready") {
    const left = download.expiresAt === null ? "" : `, kept ${span(download.expiresAt - now)} more`;
    return `${download.file.name}, ${bytes(download.file.size)}${left}`;
  }
  if (status.position !== null) return `number ${status.position} in the queue`;
  const eta = status.etaMs === null ? "" : `about ${span(status.etaMs)} left`;
  return [download.progress.message, eta].filter(Boolean).join(", ");
}

/** A node id without its incarnation. */
export function nodeName(node: string | null): string {
  return node?.split("/")[0] ?? "";
}
