/** @module Watches the memory of processes, as counted by the system, and reports excess. */

import { readFileSync } from "node:fs";

/** Interval between checks in milliseconds, in which a process can grow by about 50 MiB. Longer for many processes. */
const LOOK_MS = 25;
/** Minimum interval per watched process, in milliseconds: checking takes a thousandth of the time. */
const LOOK_MS_PER_PROCESS = 5;

const MIB = 1024 * 1024;
/** Allowance beyond a generator's `memoryMb`, for parts in flight and garbage that was not collected yet. */
const ALLOWANCE_MB = 64;

/** Resident bytes of a process; null if the system has no such file, or the process does not exist. */
export function residentBytes(pid: number): number | null {
  try {
    const pages = Number(readFileSync(`/proc/${pid}/statm`, "latin1").split(" ")[1]);
    return Number.isFinite(pages) ? pages * pageBytes() : null;
  } catch {
    return null;
  }
}

/** The limit in bytes for a process that may use `memoryMb` more than now. */
export function memoryLimit(pid: number, memoryMb: number): number {
  return (residentBytes(pid) ?? 0) + (memoryMb + ALLOWANCE_MB) * MIB;
}

interface Watched {
  readonly limitBytes: number;
  readonly onOver: () => void;
}

/** Checks all processes together. If the system provides no figure, call `told` with the process's own. */
export class MemoryWatch {
  readonly #watched = new Map<number, Watched>();
  #timer: NodeJS.Timeout | null = null;

  /** Calls back once when the process exceeds the limit. Another call for this process replaces it. */
  watch(pid: number, limitBytes: number, onOver: () => void): void {
    this.#watched.set(pid, { limitBytes, onOver });
    this.#timer ??= this.#lookLater();
  }

  stop(pid: number): void {
    this.#watched.delete(pid);
  }

  told(pid: number, bytes: number): void {
    const watched = this.#watched.get(pid);
    if (watched === undefined || bytes <= watched.limitBytes) return;
    this.#watched.delete(pid);
    watched.onOver();
  }

  #lookLater(): NodeJS.Timeout {
    const timer = setTimeout(() => this.#look(), Math.max(LOOK_MS, LOOK_MS_PER_PROCESS * this.#watched.size));
    return timer.unref();
  }

  #look(): void {
    for (const pid of [...this.#watched.keys()]) this.told(pid, residentBytes(pid) ?? 0);
    this.#timer = this.#watched.size === 0 ? null : this.#lookLater();
  }
}

let knownPageBytes: number | null = null;

/** 4 KiB on most machines, 16 or 64 on some: derived by counting this process's memory in both ways. */
function pageBytes(): number {
  if (knownPageBytes === null) {
    const pages = Number(readFileSync("/proc/self/statm", "latin1").split(" ")[1]);
    knownPageBytes = 2 ** Math.round(Math.log2(process.memoryUsage.rss() / pages));
  }
  return knownPageBytes;
}
