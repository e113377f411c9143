/** @module Detects what a generator left running in its process: no other run may share it. */

/** Connections of a module's pool may stay, since later runs can reuse them. */
const MAY_STAY = /^(TCPSocketWrap|TLSWrap|PipeWrap|TTYWrap)$/;

/** A snapshot, taken while no run has left anything. */
export class Leftovers {
  readonly #before = counted();
  readonly #folder = process.cwd();

  /** A description of what exists beyond that; null if nothing does. */
  found(): string | null {
    if (process.cwd() !== this.#folder) return "another working directory";
    for (const [type, count] of counted()) {
      if (!MAY_STAY.test(type) && count > (this.#before.get(type) ?? 0)) return type;
    }
    return null;
  }
}

/** Timers, requests, children and the like that keep a process alive, by type. */
function counted(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const type of process.getActiveResourcesInfo()) counts.set(type, (counts.get(type) ?? 0) + 1);
  return counts;
}
