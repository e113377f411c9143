/** @module Subscribers: per user a snapshot, then changes, never older than what was already sent. */

import type { Download } from "../download/download.ts";
import { ownerOf, userPrefix } from "../download/key.ts";
import { UnavailableError } from "../errors.ts";
import type { Clock } from "../ports/clock.ts";
import type { Stored, Version } from "../ports/repo.ts";
import type { SlotEvent } from "../ports/slots.ts";
import type { DownloadReads } from "./download-reads.ts";
import type { DownloadStatus, WatchEvent } from "./status.ts";
import { Subscription } from "./subscription.ts";
import type { WorkFollower } from "./work-follower.ts";

/** As long as the records may be without a leader. */
const PATIENCE_MS = 10_000;
/** How often, at most, waiting users are notified of their new position. */
const LINE_MS = 500;

export interface AudienceContext {
  reads: Pick<DownloadReads, "find" | "newest">;
  work: Pick<WorkFollower, "follow">;
  clock: Clock;
  statusOf(download: Download): DownloadStatus;
}

/** Passes changes on to the watchers of this node; costs nothing for users without one. */
export class Subscribers {
  readonly #context: AudienceContext;
  /** By the part of the key that identifies the user. */
  readonly #watchers = new Map<string, Set<Subscription>>();
  /** Slots that this node has freed, and the version of that write: their watchers know what became of them. */
  readonly #freed = new Map<string, Version>();
  #lineTimer = false;

  constructor(context: AudienceContext) {
    this.#context = context;
  }

  /** Subscribes before it reads, so that no change is missed. */
  async *watch(user: string, signal: AbortSignal): AsyncIterable<WatchEvent> {
    const owner = ownerOf(userPrefix(user));
    const watcher = new Subscription(this.#context, user, signal);
    const watchers = this.#watchers.get(owner) ?? new Set();
    this.#watchers.set(owner, watchers.add(watcher));
    const { ready, marks, stop } = this.#context.work.follow(user, {
      apply: (event) => watcher.applyWork(event),
      restarted: () => watcher.restarted(),
      failed: () => watcher.close(),
    });
    try {
      await this.#within(ready, signal);
      yield await watcher.begin(marks());
      yield* watcher.changes();
    } finally {
      stop();
      watcher.close();
      watchers.delete(watcher);
      if (watchers.size === 0 && this.#watchers.get(owner) === watchers) this.#watchers.delete(owner);
    }
  }

  /** A client that has waited this long is better served by another node. */
  async #within(ready: Promise<void>, signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const cancel = this.#context.clock.after(PATIENCE_MS, () =>
      reject(new UnavailableError("the records can't be followed at the moment")),
    );
    const end = () => resolve();
    signal.addEventListener("abort", end, { once: true });
    if (signal.aborted) end();
    void ready.then(end);
    try {
      await promise;
    } finally {
      cancel();
      signal.removeEventListener("abort", end);
    }
  }

  /**
   * This node has moved a download to the history, by the write of this version that freed the slot: its watchers need
   * not read what they are told here.
   */
  archived({ key, version, download }: Stored): void {
    const watchers = this.#watchers.get(ownerOf(key));
    if (!watchers) return;
    this.#freed.set(key, version);
    for (const watcher of watchers) watcher.applyArchived(download);
  }

  apply(event: SlotEvent): void {
    if (event.type === "begin" || event.type === "synced") {
      this.#freed.clear();
      for (const watcher of this.#all()) watcher.applySlot(event);
      return;
    }
    const freed = this.#freed.get(event.key);
    if (freed !== undefined && event.version >= freed) this.#freed.delete(event.key);
    // Of another version: the feed may have skipped other downloads in this slot.
    if (event.type === "remove" && event.version === freed) return;
    for (const watcher of this.#watchers.get(ownerOf(event.key)) ?? []) watcher.applySlot(event);
  }

  /** The queue has changed: waiting users are notified of their new positions a little later. */
  lineMoved(): void {
    if (this.#lineTimer || this.#watchers.size === 0) return;
    this.#lineTimer = true;
    this.#context.clock.after(LINE_MS, () => {
      this.#lineTimer = false;
      for (const watcher of this.#all()) watcher.lineMoved();
    });
  }

  close(): void {
    for (const watcher of this.#all()) watcher.close();
  }

  *#all(): Iterable<Subscription> {
    for (const watchers of this.#watchers.values()) yield* watchers;
  }
}
