/** @module A user's downloads as the server has told them, in whatever order its answers, snapshots and changes arrive. */

import { advanceView, type DownloadView } from "./download-view.ts";
import { newestFirst } from "./downloads-state.ts";
import { isUnfinished, linkedFrom, type PublicDownload } from "./public-download.ts";
import { askedAt, endOfSnapshot } from "./stream-message.ts";
import type { TabMemory } from "./tab-memory.ts";
import { rangeAround, TimeLeft } from "./time-left.ts";
import type { Timing } from "./timing.ts";

/** A notice ("moved to another node") is shown for this long. */
const NOTICE_MS = 8_000;
/** A snapshot from another node may be this much older than the answer to one of the page's requests. */
const NEWS_MS = 5_000;

export interface DownloadViewsOptions {
  /** Where the API is, if it is of another origin than the page. */
  base: string;
  timing: Timing;
  /** The ids of the files that were fetched here. */
  fetched: TabMemory;
  /** Something is new about the newest download of this slot. */
  onNews(slot: string): void;
  /** A notice has been shown for long enough. */
  onChange(): void;
}

/** By id. In each slot only the newest may be unfinished; what was removed never comes back. */
export class DownloadViews {
  readonly #options: DownloadViewsOptions;
  readonly #views = new Map<string, DownloadView>();
  readonly #removed = new Set<string>();
  readonly #estimates = new Map<string, TimeLeft>();
  readonly #fresh = new Map<string, number>();
  /** Finished downloads requested before this time are not in the last snapshot. */
  #end = Number.NEGATIVE_INFINITY;
  #hasMore = false;

  constructor(options: DownloadViewsOptions) {
    this.#options = options;
  }

  /** There are older ones on the server. */
  get hasMore(): boolean {
    return this.#hasMore;
  }

  all(): Iterable<DownloadView> {
    return this.#views.values();
  }

  get(id: string): DownloadView | undefined {
    return this.#views.get(id);
  }

  newest(slot: string): DownloadView | undefined {
    let newest: DownloadView | undefined;
    for (const view of this.#views.values())
      if (view.slot === slot && (!newest || newestFirst(view, newest) < 0)) newest = view;
    return newest;
  }

  /** What the stream says about one. */
  put(download: PublicDownload): void {
    this.#fresh.delete(download.id);
    this.#put(download);
  }

  /** What the answer to a request says. If the stream was quicker, its state is newer. */
  add(download: PublicDownload): void {
    if (this.#views.has(download.id) || this.#removed.has(download.id)) return;
    this.#fresh.set(download.id, this.#options.timing.now());
    this.#put(download);
  }

  /** Adopts those that are not known yet. */
  seed(downloads: readonly PublicDownload[]): void {
    for (const download of downloads) if (!this.#views.has(download.id)) this.#put(download);
  }

  /** A snapshot: all unfinished and the newest finished ones. `hasMore` is undefined where that is told later. */
  replaceAll(downloads: readonly PublicDownload[], hasMore: boolean | undefined): void {
    this.#end = endOfSnapshot(downloads) ?? Number.NEGATIVE_INFINITY;
    this.#hasMore = hasMore ?? (this.#hasMore && this.#end > Number.NEGATIVE_INFINITY);
    const listed = new Set(downloads.map((download) => download.id));
    const now = this.#options.timing.now();
    for (const [id, view] of this.#views) {
      const isNews = now - (this.#fresh.get(id) ?? Number.NEGATIVE_INFINITY) < NEWS_MS;
      if (!listed.has(id) && !isNews && !this.#isOlder(view)) this.#drop(id);
    }
    for (const download of downloads) this.#put(download);
  }

  /** The finished ones that the snapshot has no room for: down to the last of these, or all if there are no more. */
  replaceOlder(downloads: readonly PublicDownload[], hasMore: boolean): void {
    const listed = new Set(downloads.map((download) => download.id));
    const end = hasMore ? Math.min(...downloads.map(askedAt)) : Number.NEGATIVE_INFINITY;
    this.#hasMore = hasMore;
    for (const [id, view] of this.#views)
      if (this.#isOlder(view) && askedAt(view) >= end && !listed.has(id)) this.#drop(id);
    for (const download of downloads) if (this.#isOlder(download)) this.#put(download);
  }

  /** Gone for good: ids are never used twice, so a late message about it can be ignored for ever. */
  forget(id: string): void {
    this.#removed.add(id);
    this.#drop(id);
  }

  /** Its removal failed. Another download may have its slot by now. */
  restore(id: string, view: DownloadView | undefined): void {
    this.#removed.delete(id);
    if (view && (!isUnfinished(view) || !this.newest(view.slot))) this.#views.set(id, view);
  }

  /** The user followed the link of its file. */
  markFetched(id: string): void {
    this.#options.fetched.set(id, "1");
    const view = this.#views.get(id);
    if (view) this.#views.set(id, { ...view, fetched: true });
  }

  /** Forgets all of them, until they are told again. */
  clear(): void {
    for (const id of [...this.#views.keys()]) this.#drop(id);
    this.#hasMore = false;
  }

  #put(incoming: PublicDownload): void {
    const { id, slot } = incoming;
    if (this.#removed.has(id)) return;
    const newest = this.newest(slot);
    if (newest && newest.id !== id) {
      if (newestFirst(newest, incoming) < 0) {
        if (isUnfinished(incoming)) return; // its end was missed
      } else if (isUnfinished(newest)) this.#drop(newest.id);
    }
    const before = this.#views.get(id);
    const view = advanceView(before, linkedFrom(this.#options.base, incoming));
    view.fetched = this.#options.fetched.get(id) !== undefined;
    view.timeLeft = this.#timeLeft(view);
    // Views keep their identity while nothing changes, so that lists redraw only what did.
    if (before && JSON.stringify(before) === JSON.stringify(view)) return;
    this.#views.set(id, view);
    if (view.notice && view.notice !== before?.notice) this.#clearNoticeLater(id, view.epoch);
    if (this.newest(slot) === view) this.#options.onNews(slot);
  }

  /** True if the last snapshot says nothing about it. */
  #isOlder(download: PublicDownload): boolean {
    return !isUnfinished(download) && askedAt(download) < this.#end;
  }

  #timeLeft(view: DownloadView): DownloadView["timeLeft"] {
    if (!isUnfinished(view)) return null;
    // While queued, the estimate comes from the whole cluster and is stable anyway.
    if (view.state === "pending") return view.etaMs === null ? null : rangeAround(view.etaMs);
    const estimate = this.#estimates.get(view.id) ?? new TimeLeft();
    this.#estimates.set(view.id, estimate);
    return estimate.sample(view.etaMs, this.#options.timing.now());
  }

  #clearNoticeLater(id: string, epoch: number): void {
    this.#options.timing.after(NOTICE_MS, () => {
      const view = this.#views.get(id);
      if (view?.epoch !== epoch || !view.notice) return;
      this.#views.set(id, { ...view, notice: null });
      this.#options.onChange();
    });
  }

  #drop(id: string): void {
    this.#views.delete(id);
    this.#estimates.delete(id);
    this.#fresh.delete(id);
  }
}
