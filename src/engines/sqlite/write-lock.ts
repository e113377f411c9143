/** @module Frees SQLite's write lock from a process that froze while holding it. */

import { readFileSync, statSync } from "node:fs";
import type { NodeId } from "../../ports/membership.ts";
import type { Log } from "../../telemetry/log.ts";

/**
 * Bytes of the shared-memory file that are locked by a writer and by a recovery (sqlite.org/walformat.html, 2.2 and
 * 2.3).
 */
const FIRST_LOCK = 120;
const LAST_LOCK = 122;

/**
 * The processes that hold the write lock of this database, according to `/proc/locks`; empty without that information,
 * as on other systems.
 */
export function writeLockHolders(databasePath: string): number[] {
  try {
    const { ino } = statSync(`${databasePath}-shm`, { bigint: true });
    return holdersOf(readFileSync("/proc/locks", "latin1"), ino);
  } catch {
    return [];
  }
}

/**
 * Parses lines such as `7: POSIX  ADVISORY  WRITE 4242 fe:00:131 120 120`. The device is ignored, as some file systems
 * report it inconsistently.
 */
function holdersOf(locks: string, inode: bigint): number[] {
  const holders: number[] = [];
  for (const line of locks.split("\n")) {
    const [, kind, , access, pid, file, first, last] = line.split(/\s+/);
    if (kind !== "POSIX" || access !== "WRITE" || file?.split(":")[2] !== String(inode)) continue;
    if (Number(first) <= LAST_LOCK && (last === "EOF" || Number(last) >= FIRST_LOCK))
      holders.push(Number(pid));
  }
  return holders;
}

/** Milliseconds between two checks of which process holds the lock. */
const LOOK_EVERY_MS = 200;

export interface WriteLockBreakerOptions {
  databasePath: string;
  /** Nothing is done before a write has waited this long. */
  leaseMs: number;
  log: Log;
  /** Members that lost their lease although their process still exists. */
  silentProcesses: () => { node: NodeId; pid: number }[];
}

/**
 * While a frozen process holds the lock, no node can write. Its lease is over, others have claimed its downloads, and
 * no signal but SIGKILL frees its locks, so it is killed.
 */
export class WriteLockBreaker {
  readonly #options: WriteLockBreakerOptions;
  #lookedAtMs = 0;

  constructor(options: WriteLockBreakerOptions) {
    this.#options = options;
  }

  /** Call it repeatedly while a write waits, with the milliseconds waited so far. */
  waiting(sinceMs: number): void {
    const { leaseMs } = this.#options;
    if (sinceMs < this.#lookedAtMs) this.#lookedAtMs = 0;
    if (sinceMs < leaseMs || sinceMs - this.#lookedAtMs < LOOK_EVERY_MS) return;
    this.#lookedAtMs = sinceMs;
    this.#look(Math.round(sinceMs));
  }

  #look(waitedMs: number): void {
    const { databasePath, silentProcesses, log } = this.#options;
    const silent = silentProcesses().filter(({ pid }) => pid !== process.pid);
    const holders = writeLockHolders(databasePath);
    const guilty = holders.length === 0 ? silent : silent.filter(({ pid }) => holders.includes(pid));
    if (guilty.length === 0) log.warn({ waitedMs, holders }, "the database is locked by a running process");
    for (const { node, pid } of guilty) {
      log.error({ waitedMs, node, pid }, "killing a frozen node that holds the database's lock");
      try {
        process.kill(pid, "SIGKILL");
      } catch (error) {
        log.error({ error, node, pid }, "a frozen node could not be killed");
      }
    }
  }
}
