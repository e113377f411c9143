/** @module A watcher's pending changes: the latest of each key, in order of first arrival. */

import type { Version } from "./repo.ts";

/** A change as adapters keep it: the record as JSON text, null when it was removed. */
export interface Change {
  key: string;
  version: Version;
  text: string | null;
}

/**
 * Holds at most one change per key, so a stalled reader costs memory in proportion to the number of records, not of
 * changes. Delivers in order per key.
 */
export class ChangeQueue {
  readonly #pending = new Map<string, Change>();
  // One live iterator for all takes: a new one each time would have to skip all entries taken before.
  #order = this.#pending.values();
  #ended: { error: unknown } | null = null;
  #wake: (() => void) | null = null;

  push(change: Change): void {
    this.#pending.set(change.key, change);
    this.#wakeUp();
  }

  /** Discards pending changes. */
  clear(): void {
    this.#pending.clear();
  }

  /** Ends `next` at once, whatever is pending: with null, or by throwing the error if one is given. */
  end(error?: unknown): void {
    this.#ended ??= { error };
    this.#wakeUp();
  }

  get ended(): boolean {
    return this.#ended !== null;
  }

  /** The next change, waiting for one; null after the end. One caller at a time. */
  async next(): Promise<Change | null> {
    for (;;) {
      if (this.#ended !== null) {
        if (this.#ended.error !== undefined) throw this.#ended.error;
        return null;
      }
      const change = this.#take();
      if (change !== undefined) return change;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  #take(): Change | undefined {
    const { value, done } = this.#order.next();
    if (done) {
      // An exhausted iterator stays exhausted.
      this.#order = this.#pending.values();
      return undefined;
    }
    this.#pending.delete(value.key);
    return value;
  }

  #wakeUp(): void {
    this.#wake?.();
    this.#wake = null;
  }
}
