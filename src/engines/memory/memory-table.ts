/** @module Texts by key in the memory of one process, in order of their users, with watchers. */

import { ownerOf } from "../../download/key.ts";
import { type Change, ChangeQueue } from "../../ports/change-queue.ts";
import type { Version } from "../../ports/repo.ts";
import type { KeyedText } from "../../ports/stored-text.ts";

interface Watcher {
  /** Null for all. */
  owner: string | null;
  push(change: Change): void;
}

/** Deterministic: no timers, no randomness. */
export class MemoryTable {
  readonly #entries = new Map<string, KeyedText>();
  readonly #byOwner = new Map<string, Map<string, KeyedText>>();
  readonly #watchers = new Set<Watcher>();
  readonly #nextVersion: () => Version;

  constructor(nextVersion: () => Version) {
    this.#nextVersion = nextVersion;
  }

  get(key: string): KeyedText | undefined {
    return this.#entries.get(key);
  }

  keys(): Iterable<string> {
    return this.#entries.keys();
  }

  /** All texts, or those of one user: see `ownerOf`. */
  entries(owner: string | null = null): Iterable<KeyedText> {
    return owner === null ? this.#entries.values() : (this.#byOwner.get(owner)?.values() ?? []);
  }

  put(key: string, text: string): Version {
    const entry = { key, version: this.#nextVersion(), text };
    const owner = ownerOf(key);
    this.#entries.set(key, entry);
    const ofOwner = this.#byOwner.get(owner);
    if (ofOwner === undefined) this.#byOwner.set(owner, new Map([[key, entry]]));
    else ofOwner.set(key, entry);
    this.#tell(entry);
    return entry.version;
  }

  /** The version of the removal, of which watchers are notified even if there was nothing. */
  delete(key: string): Version {
    const owner = ownerOf(key);
    this.#entries.delete(key);
    const ofOwner = this.#byOwner.get(owner);
    ofOwner?.delete(key);
    if (ofOwner?.size === 0) this.#byOwner.delete(owner);
    const version = this.#nextVersion();
    this.#tell({ key, version, text: null });
    return version;
  }

  /** Reports every change from now on, of one user's keys or of all, until the returned function is called. */
  listen(owner: string | null, push: (change: Change) => void): () => void {
    const watcher = { owner, push };
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /** All existing texts, null, then every change, until the signal aborts. */
  async *follow(owner: string | null, signal: AbortSignal): AsyncGenerator<Change | null, void, void> {
    if (signal.aborted) return;
    const queue = new ChangeQueue();
    const end = () => queue.end();
    signal.addEventListener("abort", end, { once: true });
    const stop = this.listen(owner, (change) => queue.push(change));
    try {
      for (const change of [...this.entries(owner)]) {
        if (queue.ended) return;
        yield change;
      }
      if (queue.ended) return;
      yield null;
      for (let next = await queue.next(); next !== null; next = await queue.next()) yield next;
    } finally {
      stop();
      signal.removeEventListener("abort", end);
    }
  }

  #tell(change: Change): void {
    for (const { push, owner } of this.#watchers) {
      if (owner === null || owner === ownerOf(change.key)) push(change);
    }
  }
}
