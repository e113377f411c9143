/** @module Rows sent around: how they are written into payloads of limited size, and read. */

import type { Change } from "../../../ports/change-queue.ts";

/** What a node wrote. `xid` is its transaction, for tables that keep it. */
export interface Announced extends Change {
  readonly xid: string | null;
}

export interface Announcement {
  /** Of which server the rows are; those of another one may not exist here. */
  readonly life: string;
  /** Null: something that was not sent, so it is time to look. */
  readonly rows: readonly (Announced | null)[];
}

/** How rows reach other nodes. */
export interface Announcing {
  /** The channel's listeners get this row, or a later one of its key, or find it by looking. */
  announce(channel: string, row: Announced): void;
}

/** NOTIFY accepts 7,999 bytes. */
const MOST_NOTIFIED_BYTES = 7_900;

/**
 * The payloads for these rows. The first line of each is the life; then a row on each line, "?" for those that are too
 * large or null.
 */
export function payloadsOf(
  life: string,
  rows: Iterable<Announced | null>,
  mostBytes = MOST_NOTIFIED_BYTES,
): string[] {
  const payloads: string[] = [];
  let lines = [life];
  let bytes = Buffer.byteLength(life);
  let looks = false;
  for (const row of rows) {
    const line = row && JSON.stringify([row.key, row.version, row.xid, row.text]);
    const size = line === null ? 0 : Buffer.byteLength(line) + 1;
    if (line === null || size + Buffer.byteLength(life) > mostBytes) {
      looks = true;
      continue;
    }
    if (bytes + size > mostBytes) {
      payloads.push(lines.join("\n"));
      lines = [life];
      bytes = Buffer.byteLength(life);
    }
    lines.push(line);
    bytes += size;
  }
  if (looks) lines.push("?");
  if (lines.length > 1) payloads.push(lines.join("\n"));
  return payloads;
}

/** Null for what no node sends: any role of the database may notify. */
export function readAnnouncement(payload: string): Announcement | null {
  const [life = "", ...lines] = payload.split("\n");
  const rows: (Announced | null)[] = [];
  for (const line of lines) {
    const row = line === "?" ? null : readRow(line);
    if (row === undefined) return null;
    rows.push(row);
  }
  return { life, rows };
}

function readRow(line: string): Announced | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (!Array.isArray(value) || value.length !== 4) return undefined;
  const [key, version, xid, text]: unknown[] = value;
  if (typeof key !== "string" || !Number.isSafeInteger(version)) return undefined;
  if (xid !== null && !(typeof xid === "string" && /^\d{1,20}$/.test(xid))) return undefined;
  if (text !== null && typeof text !== "string") return undefined;
  return { key, version: version as number, xid, text };
}
