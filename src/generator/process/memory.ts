/** @module How much memory processes hold, as the system counts it, and who is told when it is too much. */

import { readFileSync } from "node:fs";

/** Between two looks, in milliseconds: a process can take some 50 MiB in that time. More when many are watched. */
const LOOK_MS = 25;
/** Milliseconds between two looks for each process that is watched: looking takes a thousandth of the time. */
const LOOK_MS_PER_PROCESS = 5;

const MIB = 1024 * 1024;
/** What a run may take beyond its generator's `memoryMb`: parts under way, and garbage that was not collected yet. */
const ALLOWANCE_MB = 64;

/** Bytes of a process in physical memory; null where the system has no such file, or there is no such process. */
export function residentBytes(pid: number): number | null {
  try {
    const pages = Number(readFileSync(`/proc/${pid}/statm`, "latin1").split(" ")[1]);
    return Number.isFinite(pages) ? pages * pageBytes() : null;
  } catch {
    return null;
  }
}

/** What a process may hold that is to use `memoryMb` more than now, in bytes. */
export function memoryLimit(pid: number, memoryMb: number): number {
  return (residentBytes(pid) ?? 0) + (memoryMb + ALLOWANCE_MB) * MIB;
}

interface Watched {
  readonly limitBytes: number;
  readonly onOver: () => void;
}

/** Looks at all together. Where the system tells nothing, `told` has to be called with what the process says itself. */
export class MemoryWatch {
  readonly #watched = new Map<number, Watched>();
  #timer: NodeJS.Timeout | null = null;

  /** Calls back once when the process holds more. The next call for this process replaces it. */
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

/** 4 KiB on most machines, 16 or 64 on some: what this process holds by both ways of counting tells. */
function pageBytes(): number {
  if (knownPageBytes === null) {
    const pages = Number(readFileSync("/proc/self/statm", "latin1").split(" ")[1]);
    knownPageBytes = 2 ** Math.round(Math.log2(process.memoryUsage.rss() / pages));
  }
  return knownPageBytes;
}
