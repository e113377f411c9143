/** @module What a generator left running in its process: another one must not run beside it. */

/** Connections of a module's pool may stay: each later user of the process is glad of them. */
const MAY_STAY = /^(TCPSocketWrap|TLSWrap|PipeWrap|TTYWrap)$/;

/** Taken when nothing of any run is there. */
export class Leftovers {
  readonly #before = counted();
  readonly #folder = process.cwd();

  /** What is there beyond that, in words; null when nothing is. */
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
