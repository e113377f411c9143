/** @module A watch that a test follows, with all events it received. */

import assert from "node:assert/strict";

/** Subclasses keep what they know from the events. */
export abstract class FollowedWatch<Event extends { type: string }> {
  readonly events: Event[] = [];
  /** Resolves when the iteration has ended, rejects if it failed. */
  readonly ended: Promise<void>;
  readonly #abort = new AbortController();
  readonly #conditions = new Set<() => void>();

  constructor(watch: (signal: AbortSignal) => AsyncIterable<Event>) {
    this.ended = this.#read(watch(this.#abort.signal));
    this.ended.catch(() => {});
  }

  stop(): void {
    this.#abort.abort();
  }

  /** Resolves as soon as the condition holds; rejects if the iteration ends first. */
  until(condition: (watching: this) => boolean): Promise<void> {
    if (condition(this)) return Promise.resolve();
    const met = new Promise<void>((resolve) => {
      const check = () => {
        if (!condition(this)) return;
        this.#conditions.delete(check);
        resolve();
      };
      this.#conditions.add(check);
    });
    const ended = this.ended.then(() => assert.fail("the watch ended before what was waited for"));
    return Promise.race([met, ended]);
  }

  synced(): Promise<void> {
    return this.until(({ events }) => events.some(({ type }) => type === "synced"));
  }

  protected abstract apply(event: Event): void;

  async #read(watch: AsyncIterable<Event>): Promise<void> {
    for await (const event of watch) {
      this.events.push(event);
      this.apply(event);
      for (const check of this.#conditions) check();
    }
  }
}
