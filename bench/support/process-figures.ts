/** @module What Linux reports about a process (CPU time, memory, TCP connections) and a folder (its size on disk). */

import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";

/** `USER_HZ` of Linux. */
const TICK_MS = 10;
const PAGE_BYTES = 4096;
const BLOCK_BYTES = 512;
const ESTABLISHED = "01";

/** CPU time since its start, in steps of 10 ms. */
export function cpuMsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

export function residentBytesOf(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1]) * PAGE_BYTES;
}

/** Ends of established TCP connections that these processes hold. */
export function tcpEndsOf(pids: readonly number[]): number {
  const established = new Set(["tcp", "tcp6"].flatMap(establishedInodes));
  let ends = 0;
  for (const pid of pids) {
    for (const descriptor of readdirSync(`/proc/${pid}/fd`)) {
      const inode = /^socket:\[(\d+)\]$/.exec(linkOf(`/proc/${pid}/fd/${descriptor}`))?.[1];
      if (inode !== undefined && established.has(inode)) ends += 1;
    }
  }
  return ends;
}

function establishedInodes(table: string): string[] {
  const lines = readFileSync(`/proc/net/${table}`, "latin1").trim().split("\n").slice(1);
  const fields = lines.map((line) => line.trim().split(/\s+/));
  return fields.filter(([, , , state]) => state === ESTABLISHED).map((line) => line[9]!);
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return ""; // closed a moment ago
  }
}

/** The disk space that the files in a folder occupy. */
export async function diskBytesOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true });
  const sizes = entries.map((name) =>
    lstat(join(folder, name)).then(
      ({ blocks }) => blocks * BLOCK_BYTES,
      () => 0, // removed meanwhile
    ),
  );
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}
