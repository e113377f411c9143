/** @module What is measured of a queue on PostgreSQL, through its public interface. */

/**
 * "hold" runs until its process ends, "instant" does nothing. A queue of jobs runs its handlers in its own process, so
 * Carryout's generators do too here.
 */
export type Kind = "hold" | "instant";

export interface Queue {
  /** Resolves when the job is recorded. */
  add(kind: Kind, n: number): Promise<void>;
  /** Adds jobs of the kind "hold" as quickly as it can. */
  fill(count: number): Promise<void>;
  /** Adds a job, and resolves when its caller can know that it is done. */
  live(n: number): Promise<void>;
  /** Works on up to so many jobs at a time. */
  work(places: number): Promise<void>;
}

export interface QueueOptions {
  url: string;
  name: string;
  /** A folder for files, which the others have none of. */
  files: string;
  /** Looks for dead workers as often as its settings allow; else as often as by default. */
  isWatchful: boolean;
  /** Called when the run of a job begins. */
  onStart(n: number): void;
}

/** Waits for something to happen to a job that is known by its number. */
export class Happenings {
  readonly #at = new Map<number, number>();
  readonly #waiting = new Map<number, (at: number) => void>();

  happened(n: number, at: number): void {
    this.#at.set(n, at);
    this.#waiting.get(n)?.(at);
    this.#waiting.delete(n);
  }

  /** When it happened first, once it has. */
  async of(n: number): Promise<number> {
    return this.#at.get(n) ?? (await new Promise((resolve) => this.#waiting.set(n, resolve)));
  }
}
