/** @module Records in the memory of one process: for tests, simulation and `memory:`. Lost when it ends. */

import { encodeDownload } from "../../download/codec.ts";
import type { Download } from "../../download/download.ts";
import { keyOf } from "../../download/key.ts";
import { CarryoutError } from "../../errors.ts";
import { type Change, ChangeQueue } from "../../ports/change-queue.ts";
import type { Repo, RepoEvent, Stored, Version } from "../../ports/repo.ts";
import { eventOf, isDamaged, listed, storedOf } from "../../ports/stored-text.ts";

interface Entry extends Change {
  user: string;
  text: string;
}

/** Records shared by the repos of several nodes in one process. Deterministic: no timers, no randomness. */
export class MemoryRepoStore {
  readonly #entries = new Map<string, Entry>();
  readonly #byUser = new Map<string, Map<string, Entry>>();
  readonly #watchers = new Set<ChangeQueue>();
  #lastVersion: Version = 0;

  /** A repo over these records. Closing it does not affect the records or other repos. */
  open(): Repo {
    return new MemoryRepo(this);
  }

  get(key: string): Entry | undefined {
    return this.#entries.get(key);
  }

  ofUser(user: string): Iterable<Entry> {
    return this.#byUser.get(user)?.values() ?? [];
  }

  /** Returns all current records, and adds every later change to the queue until `unfollow`. */
  follow(queue: ChangeQueue): Change[] {
    this.#watchers.add(queue);
    return [...this.#entries.values()];
  }

  unfollow(queue: ChangeQueue): void {
    this.#watchers.delete(queue);
  }

  put(key: string, download: Download): Version {
    return this.plant(key, download.user, encodeDownload(download));
  }

  /** Writes any text, as an operator or another version may. */
  plant(key: string, user: string, text: string): Version {
    const entry = { key, user, version: this.#nextVersion(), text };
    this.#entries.set(key, entry);
    const records = this.#byUser.get(user);
    if (records === undefined) this.#byUser.set(user, new Map([[key, entry]]));
    else records.set(key, entry);
    this.#tell(entry);
    return entry.version;
  }

  delete({ key, user }: Entry): void {
    this.#entries.delete(key);
    const records = this.#byUser.get(user);
    records?.delete(key);
    if (records?.size === 0) this.#byUser.delete(user);
    this.#tell({ key, version: this.#nextVersion(), text: null });
  }

  #nextVersion(): Version {
    this.#lastVersion += 1;
    return this.#lastVersion;
  }

  #tell(change: Change): void {
    for (const watcher of this.#watchers) watcher.push(change);
  }
}

/** One node's view of a `MemoryRepoStore`. */
export class MemoryRepo implements Repo {
  readonly #store: MemoryRepoStore;
  readonly #queues = new Set<ChangeQueue>();
  #closed = false;

  constructor(store: MemoryRepoStore) {
    this.#store = store;
  }

  async fetch(key: string): Promise<Stored | null> {
    this.#checkOpen();
    const entry = this.#store.get(key);
    return entry === undefined ? null : storedOf(key, entry.version, entry.text);
  }

  async list(user: string): Promise<Stored[]> {
    this.#checkOpen();
    return listed(this.#store.ofUser(user));
  }

  async insert(download: Download): Promise<Version | null> {
    this.#checkOpen();
    const key = keyOf(download);
    const present = this.#store.get(key);
    const isFree = present === undefined || isDamaged(key, present.text);
    return isFree ? this.#store.put(key, download) : null;
  }

  async update(download: Download, version: Version): Promise<Version | null> {
    this.#checkOpen();
    const key = keyOf(download);
    return this.#store.get(key)?.version === version ? this.#store.put(key, download) : null;
  }

  async remove(key: string, version: Version): Promise<boolean> {
    this.#checkOpen();
    const entry = this.#store.get(key);
    if (entry?.version !== version) return false;
    this.#store.delete(entry);
    return true;
  }

  async *watch(signal: AbortSignal): AsyncGenerator<RepoEvent, void, void> {
    this.#checkOpen();
    if (signal.aborted) return;
    const queue = new ChangeQueue();
    const end = () => queue.end();
    signal.addEventListener("abort", end, { once: true });
    this.#queues.add(queue);
    const snapshot = this.#store.follow(queue);
    try {
      yield { type: "begin" };
      for (const change of snapshot) {
        if (queue.ended) return;
        yield eventOf(change);
      }
      if (queue.ended) return;
      yield { type: "synced" };
      for (let change = await queue.next(); change !== null; change = await queue.next()) {
        yield eventOf(change);
      }
    } finally {
      this.#store.unfollow(queue);
      this.#queues.delete(queue);
      signal.removeEventListener("abort", end);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const queue of this.#queues) queue.end();
  }

  #checkOpen(): void {
    if (this.#closed) throw new CarryoutError("closed", "this repo is closed");
  }
}
