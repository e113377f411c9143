/** @module One watcher of one user's downloads. */

import { type Download, isFinished } from "../download/download.ts";
import { inListOrder } from "../download/order.ts";
import { isCarryoutError } from "../errors.ts";
import type { Clock } from "../ports/clock.ts";
import type { Repo, RepoEvent, Stored, Version } from "../ports/repo.ts";
import { retry } from "../ports/retry.ts";
import { Unseen } from "../ports/unseen.ts";
import type { DownloadStatus, WatchEvent } from "./status.ts";

interface Told {
  id: string;
  version: Version;
  /** Kept while unfinished, to emit changes of its position. */
  unfinished: Download | null;
  position: number | null;
}

type Change = Extract<RepoEvent, { type: "put" | "remove" }>;

/** A read of the repo in progress: changes of its record wait for the answer. */
interface Check {
  latest: Change | null;
  isStale: boolean;
}

export interface WatcherContext {
  repo: Pick<Repo, "fetch">;
  clock: Clock;
  statusOf(download: Download): DownloadStatus;
}

const RETRY_MS = 250;
/** The limit in a snapshot; a list has them all. */
const MOST_FINISHED = 20;

/**
 * The snapshot and the feed are two views of the records, and either may be ahead. Versions determine which is newer;
 * if only one of the two has a record, so that there is nothing to compare, the repo is read.
 *
 * A slow reader gets the latest state of each download, not every step: the pending events are bounded by the number of
 * the user's downloads.
 */
export class Subscription {
  readonly #context: WatcherContext;
  readonly #signal: AbortSignal;
  /** By slot key. Null until the snapshot has been read: earlier events wait in `#early`. */
  #told: Map<string, Told> | null = null;
  #early: RepoEvent[] = [];
  readonly #unseen = new Unseen();
  readonly #checks = new Map<string, Check>();
  readonly #next = new Map<string, WatchEvent>();
  #wake: (() => void) | null = null;
  #closed = false;

  constructor(context: WatcherContext, signal: AbortSignal) {
    this.#context = context;
    this.#signal = signal;
    signal.addEventListener("abort", () => this.close(), { once: true });
    if (signal.aborted) this.#closed = true;
  }

  /**
   * The snapshot: the unfinished and the newest finished downloads. Newer changes that arrived before it was read
   * follow. Downloads that it omits are emitted when they change.
   */
  begin(stored: Stored[]): WatchEvent {
    const told = new Map<string, Told>();
    const downloads: DownloadStatus[] = [];
    let finished = 0;
    for (const { key, version, download } of stored.sort((a, b) => inListOrder(a.download, b.download))) {
      const status = this.#context.statusOf(download);
      told.set(key, toldOf(version, status));
      if (isFinished(download)) finished++;
      if (finished <= MOST_FINISHED) downloads.push(status);
    }
    this.#told = told;
    this.#unseen.begin(told.keys());
    for (const event of this.#early.splice(0)) this.apply(event);
    return { type: "snapshot", downloads };
  }

  async *changes(): AsyncIterable<WatchEvent> {
    while (!this.#closed) {
      const [next] = this.#next;
      if (next) {
        this.#next.delete(next[0]);
        yield next[1];
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }

  /** Receives the feed's events: the changes of this user's records, and every `begin` and `synced`. */
  apply(event: RepoEvent): void {
    const told = this.#told;
    if (!told) return void this.#early.push(event);
    const gone = this.#unseen.apply(event, () => [...told.keys(), ...this.#checks.keys()]);
    if (event.type === "put" || event.type === "remove") this.#change(told, event);
    this.#askFor(told, gone);
  }

  lineMoved(): void {
    for (const told of this.#told?.values() ?? []) {
      if (!told.unfinished) continue;
      const status = this.#context.statusOf(told.unfinished);
      if (status.position === told.position) continue;
      told.position = status.position;
      this.#tell(told.id, { type: "download", status });
    }
  }

  close(): void {
    this.#closed = true;
    this.#wake?.();
  }

  #change(told: Map<string, Told>, event: Change): void {
    const check = this.#checks.get(event.key);
    if (check) check.latest = event;
    else if (event.type === "remove") this.#remove(told, event.key, event.version);
    else if (told.has(event.key)) this.#update(told, event);
    else void this.#ask(told, event.key); // new, or an outdated change of a record that was removed before the snapshot
  }

  /** Records that the restarted feed does not contain are gone, or newer than the feed. */
  #askFor(told: Map<string, Told>, gone: Iterable<string>): void {
    for (const key of gone) {
      const check = this.#checks.get(key);
      if (check) check.isStale = true;
      else if (told.has(key)) void this.#ask(told, key);
    }
  }

  /** Emits the record that the repo has under this key, or the feed's latest change if that is newer. */
  async #ask(told: Map<string, Told>, key: string): Promise<void> {
    const check: Check = { latest: null, isStale: false };
    this.#checks.set(key, check);
    let stored: Stored | null;
    do {
      check.latest = null;
      check.isStale = false;
      stored = await this.#fetch(key);
      if (this.#closed) return;
    } while (check.isStale || (stored === null && wasPut(check)));
    this.#checks.delete(key);
    const { latest } = check as Check;
    if (stored === null) this.#remove(told, key, Number.POSITIVE_INFINITY);
    else if (latest === null || latest.version <= stored.version) this.#update(told, stored);
    else if (latest.type === "put") this.#update(told, latest);
    else this.#remove(told, key, latest.version);
  }

  /** Retries until the repo answers. A permanent failure ends the watch: its reader may start another elsewhere. */
  #fetch(key: string): Promise<Stored | null> {
    const { repo, clock } = this.#context;
    const onFailure = (error: unknown) => {
      if (!isCarryoutError(error, "unavailable")) this.close();
    };
    const pauses = { firstMs: RETRY_MS, mostMs: RETRY_MS, signal: this.#signal };
    return retry(clock, { ...pauses, onFailure }, () => (this.#closed ? null : repo.fetch(key)));
  }

  #update(told: Map<string, Told>, { key, version, download }: Stored): void {
    const before = told.get(key);
    if (before && version <= before.version) return;
    if (before && before.id !== download.id) this.#tell(before.id, { type: "removed", id: before.id });
    const status = this.#context.statusOf(download);
    told.set(key, toldOf(version, status));
    this.#tell(download.id, { type: "download", status });
  }

  #remove(told: Map<string, Told>, key: string, version: Version): void {
    const before = told.get(key);
    if (!before || version <= before.version) return;
    told.delete(key);
    this.#tell(before.id, { type: "removed", id: before.id });
  }

  #tell(id: string, event: WatchEvent): void {
    this.#next.delete(id);
    this.#next.set(id, event);
    this.#wake?.();
  }
}

function wasPut({ latest }: Check): boolean {
  return latest?.type === "put";
}

function toldOf(version: Version, status: DownloadStatus): Told {
  const { download, position } = status;
  return { id: download.id, version, unfinished: isFinished(download) ? null : download, position };
}
