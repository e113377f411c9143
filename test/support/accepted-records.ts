/** @module The writes to slots that the servers accepted, in order, and what must not be among them. */

import type { Download } from "../../src/download/download.ts";

export interface AcceptedRecord {
  key: string;
  /** Null for a removal. */
  download: Download | null;
}

/** Violations such as two holders at a time, a decreasing epoch, a second end; empty when all is well. */
export function violationsOf(accepted: readonly AcceptedRecord[]): string[] {
  const found: string[] = [];
  const last = new Map<string, Download>();
  const holders = new Map<string, string>();
  for (const { key, download } of accepted) {
    const before = last.get(key);
    if (download === null) {
      last.delete(key);
      continue;
    }
    last.set(key, download);
    const { id, epoch, node, state } = download;
    const held = `${id} epoch ${epoch}`;
    const holder = holders.get(held);
    if (node !== null && holder !== undefined && holder !== node)
      found.push(`${held}: ${holder} and ${node}`);
    if (node !== null) holders.set(held, node);
    if (before?.id !== id) continue;
    if (epoch < before.epoch) found.push(`${id}: epoch ${before.epoch}, then ${epoch}`);
    if (before.state === "ready" || before.state === "error")
      found.push(`${id}: ${before.state}, then ${state}`);
  }
  return found;
}

/** How often each download was taken over, according to its last record. */
export function handoversOf(accepted: readonly AcceptedRecord[]): Map<string, number> {
  return new Map(accepted.flatMap(({ download }) => (download ? [[download.id, download.epoch - 1]] : [])));
}
