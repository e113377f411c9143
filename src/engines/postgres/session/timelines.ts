/** @module Which server is the current one: after a failover, the former primary is on a lower timeline. */

/** A database cluster, and how often a standby of it has been promoted since. */
export interface ServerLife {
  /** PostgreSQL's `system_identifier`: the same for a primary and its standbys. */
  readonly system: string;
  readonly timeline: number;
}

/**
 * The highest timeline that this node has seen or heard of. A primary that was cut off or frozen while its standby was
 * promoted reports "not in recovery" and the same system as the new one; only its timeline is lower. Two promotions of
 * different standbys in parallel may get the same timeline: that can't be told apart.
 */
export class Timelines {
  readonly #raised = new Set<() => void>();
  #highest: ServerLife | null = null;

  highest(): ServerLife | null {
    return this.#highest;
  }

  /** What this node or another one has seen. Another system than the first is ignored. */
  note(seen: ServerLife): void {
    if (this.#highest !== null) {
      if (seen.system !== this.#highest.system || seen.timeline <= this.#highest.timeline) return;
    }
    this.#highest = { system: seen.system, timeline: seen.timeline };
    for (const callback of [...this.#raised]) callback();
  }

  /** Why a server must not be used, or null. */
  refusalOf({ system, timeline }: ServerLife): string | null {
    const highest = this.#highest;
    if (highest === null) return null;
    if (system !== highest.system) {
      return `it holds another database (system identifier ${system}, not ${highest.system}); restart this node to use it`;
    }
    if (timeline >= highest.timeline) return null;
    return `it was replaced: its timeline is ${timeline}, but a server with timeline ${highest.timeline} was seen`;
  }

  /** Calls back whenever a higher timeline is known. Returns a function to stop. */
  onRaise(callback: () => void): () => void {
    const subscription = () => callback();
    this.#raised.add(subscription);
    return () => this.#raised.delete(subscription);
  }
}
