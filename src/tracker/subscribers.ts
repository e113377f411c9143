/** @module Subscribers: per user a snapshot, then changes, never older than what was already sent. */

import type { Download } from "../download/download.ts";
import { keyOf, ownerOf } from "../download/key.ts";
import { isShown } from "../download/transitions.ts";
import type { Clock } from "../ports/clock.ts";
import type { Repo, RepoEvent } from "../ports/repo.ts";
import type { DownloadStatus, WatchEvent } from "./status.ts";
import { Subscription } from "./subscription.ts";

/** How often, at most, waiting users are notified of their new position. */
const LINE_MS = 500;

export interface AudienceContext {
  repo: Repo;
  clock: Clock;
  statusOf(download: Download): DownloadStatus;
}

/** Passes the repo's changes on to the watchers on this node; users without watchers cost nothing. */
export class Subscribers {
  readonly #context: AudienceContext;
  /** By the part of the key that identifies the user. */
  readonly #watchers = new Map<string, Set<Subscription>>();
  #lineTimer = false;

  constructor(context: AudienceContext) {
    this.#context = context;
  }

  /** Subscribes before it reads, so that no change is missed. */
  async *watch(user: string, signal: AbortSignal): AsyncIterable<WatchEvent> {
    const { repo, clock } = this.#context;
    const owner = ownerOf(keyOf({ user, slot: "default" }));
    const watcher = new Subscription(this.#context, signal);
    const watchers = this.#watchers.get(owner) ?? new Set();
    this.#watchers.set(owner, watchers.add(watcher));
    try {
      const stored = (await repo.list(user)).filter(({ download }) => isShown(download, clock.now()));
      yield watcher.begin(stored);
      yield* watcher.changes();
    } finally {
      watchers.delete(watcher);
      if (watchers.size === 0 && this.#watchers.get(owner) === watchers) this.#watchers.delete(owner);
    }
  }

  apply(event: RepoEvent): void {
    if (event.type === "begin" || event.type === "synced") {
      for (const watcher of this.#all()) watcher.apply(event);
      return;
    }
    if (event.type === "put" && event.download.isReplaced) return;
    for (const watcher of this.#watchers.get(ownerOf(event.key)) ?? []) watcher.apply(event);
  }

  /** The queue moved: waiting users are notified of their new position a little later. */
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
