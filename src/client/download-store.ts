/** @module The downloads of this page's user: a snapshot, changes, and the user's own actions, as one state. */

import { askOf } from "./ask.ts";
import { advanceView, type DownloadView } from "./download-view.ts";
import type { DownloadsApi, StartOutcome, StartRequest } from "./downloads-api.ts";
import type { StreamStatus } from "./event-stream.ts";
import type { Problem } from "./problem.ts";
import { isUnfinished, type PublicDownload } from "./public-download.ts";
import { ShownConnection } from "./shown-connection.ts";
import { askedAt, endOfSnapshot, type StreamMessage } from "./stream-message.ts";
import type { TabMemory } from "./tab-memory.ts";
import { rangeAround, TimeLeft } from "./time-left.ts";
import { browserTiming, type Timing } from "./timing.ts";

/** What is known about one slot. */
export interface SlotState {
  download: DownloadView | null;
  /** A request is on its way to the server. */
  starting: Pick<StartRequest, "kind"> | null;
  /** Why the last request was not taken. */
  problem: Problem | null;
}

/** Survives page loads: for each id, whether its file was fetched here, and what was requested. */
export interface StoreMemories {
  fetched: TabMemory;
  asked: TabMemory;
}

/** A notice ("moved to another node") is shown for this long. */
const NOTICE_MS = 8_000;
/** A snapshot from another node may be this much older than the answer to one of the page's requests. */
const NEWS_MS = 5_000;
/** The server comments every 15 s when idle and every 2 s while something is unfinished. */
const IDLE_SILENCE_MS = 20_000;
const BUSY_SILENCE_MS = 5_000;

/**
 * One download per slot, keyed by it, and the earlier ones beside. Tells its subscribers after every change. Whatever order answers, snapshots
 * and changes arrive in, the shown percent of a download never falls and a removed download never comes back.
 */
export class DownloadStore {
  readonly #api: DownloadsApi;
  readonly #timing: Timing;
  readonly #memories: StoreMemories;
  readonly #bySlot = new Map<string, DownloadView>();
  /** Finished ones whose slot a newer request has, by id. */
  readonly #earlier = new Map<string, DownloadView>();
  readonly #starting = new Map<string, Pick<StartRequest, "kind">>();
  readonly #problems = new Map<string, Problem>();
  readonly #removed = new Set<string>();
  readonly #estimates = new Map<string, TimeLeft>();
  readonly #fresh = new Map<string, number>();
  readonly #subscribers = new Set<() => void>();
  readonly #connection: ShownConnection;
  #synced = false;
  /** Finished downloads requested before this time are not in the last snapshot. */
  #end = Number.NEGATIVE_INFINITY;
  #viewer: string | null | undefined;

  constructor(
    api: DownloadsApi,
    timing: Timing = browserTiming,
    memories: StoreMemories = { fetched: new Map(), asked: new Map() },
  ) {
    this.#api = api;
    this.#timing = timing;
    this.#memories = memories;
    this.#connection = new ShownConnection(timing, () => this.#changed());
  }

  /** The user these downloads belong to, by the server's tag: null for no user, undefined while unknown. */
  get viewer(): string | null | undefined {
    return this.#viewer;
  }

  /** Sets the viewer; a different viewer sees nothing of what was there before. */
  viewerIs(tag: string | null): void {
    const before = this.#viewer;
    this.#viewer = tag;
    if (before === tag) return;
    // Either the first known viewer, whom the page was rendered for, or an anonymous page that now has a user.
    if (before) this.clear();
    else this.#changed();
  }

  /** Forgets all downloads, until the next snapshot. */
  clear(): void {
    for (const view of this.#bySlot.values()) this.#drop(view);
    this.#earlier.clear();
    this.#starting.clear();
    this.#problems.clear();
    this.#changed();
  }

  /** Calls back after every change until unsubscribed. */
  subscribe(callback: () => void): () => void {
    this.#subscribers.add(callback);
    return () => this.#subscribers.delete(callback);
  }

  /** Newest request first. */
  get downloads(): readonly DownloadView[] {
    return [...this.#bySlot.values()].sort((a, b) => askedAt(b) - askedAt(a));
  }

  /** Finished ones beside them, whose slot a newer request has; newest first. */
  get earlier(): readonly DownloadView[] {
    return [...this.#earlier.values()].sort((a, b) => askedAt(b) - askedAt(a));
  }

  get connection(): StreamStatus {
    return this.#connection.status;
  }

  slot(slot: string): SlotState {
    return {
      download: this.#bySlot.get(slot) ?? null,
      starting: this.#starting.get(slot) ?? null,
      problem: this.#problems.get(slot) ?? null,
    };
  }

  /** True while something is requested or unfinished. */
  isBusy(): boolean {
    return this.#starting.size > 0 || [...this.#bySlot.values()].some(isUnfinished);
  }

  /** How long the event stream may be silent now. */
  silenceMs(): number {
    return this.isBusy() ? BUSY_SILENCE_MS : IDLE_SILENCE_MS;
  }

  /** Adopts what the server rendered into the page, unless the stream has already delivered something. */
  seed(downloads: readonly PublicDownload[]): void {
    if (this.#synced) return;
    for (const download of downloads) if (!this.#bySlot.has(download.slot)) this.#put(download);
    this.#changed();
  }

  apply(message: StreamMessage): void {
    if (message.type === "download") {
      this.#fresh.delete(message.download.id);
      this.#put(message.download);
    } else if (message.type === "removed") this.#forget(message.id);
    else if (message.type === "older") this.#replaceOlder(message.downloads);
    else this.#replaceAll(message.downloads);
    this.#changed();
  }

  setConnection(status: StreamStatus): void {
    this.#connection.set(status);
  }

  /** Requests a file. Does nothing while this slot is requesting or running: a double click is one request. */
  async start(request: StartRequest): Promise<void> {
    const { slot } = request;
    const current = this.#bySlot.get(slot);
    if (this.#starting.has(slot) || (current && isUnfinished(current))) return;
    await this.#ask(request, askOf(request), () => this.#api.start(request));
  }

  async #ask(
    { slot, kind }: Pick<StartRequest, "slot" | "kind">,
    ask: string | undefined,
    send: () => Promise<StartOutcome>,
  ): Promise<void> {
    this.#starting.set(slot, { kind });
    this.#problems.delete(slot);
    this.#changed();
    const outcome = await send();
    this.#starting.delete(slot);
    if (outcome.type === "refused") this.#problems.set(slot, outcome.problem);
    else {
      const { download } = outcome;
      if (outcome.type === "accepted" && ask !== undefined) this.#memories.asked.set(download.id, ask);
      // If the stream was quicker, its state is newer.
      if (this.#bySlot.get(slot)?.id !== download.id && !this.#removed.has(download.id)) {
        this.#fresh.set(download.id, this.#timing.now());
        this.#put(download);
      }
    }
    this.#changed();
  }

  /** Cancels a running download or dismisses a finished one. It disappears at once, and comes back if that fails. */
  async remove(id: string): Promise<void> {
    const earlier = this.#earlier.get(id);
    const download = earlier ?? [...this.#bySlot.values()].find((view) => view.id === id);
    if (!download) return;
    this.#forget(id);
    this.#changed();
    const problem = await this.#api.remove(id);
    if (!problem) return;
    this.#removed.delete(id);
    if (earlier) this.#earlier.set(id, earlier);
    else if (!this.#bySlot.has(download.slot)) this.#bySlot.set(download.slot, download);
    this.#problems.set(download.slot, problem);
    this.#changed();
  }

  /** Has the server repeat the failed request, which only the server knows. */
  async retry(id: string): Promise<void> {
    const failed = [...this.#bySlot.values()].find((view) => view.id === id);
    if (!failed || this.#starting.has(failed.slot)) return;
    await this.#ask(failed, this.#memories.asked.get(id), () => this.#api.retry(id));
  }

  /** Whether this is the requested download; null when unknown because it was requested elsewhere. */
  isAnswerTo(id: string, request: Pick<StartRequest, "kind" | "params">): boolean | null {
    const ask = this.#memories.asked.get(id);
    return ask === undefined ? null : ask === askOf(request);
  }

  /** The user followed the link of a ready file. */
  markFetched(id: string): void {
    this.#memories.fetched.set(id, "1");
    for (const [slot, view] of this.#bySlot)
      if (view.id === id) this.#bySlot.set(slot, { ...view, fetched: true });
    const earlier = this.#earlier.get(id);
    if (earlier) this.#earlier.set(id, { ...earlier, fetched: true });
    this.#changed();
  }

  dismissProblem(slot: string): void {
    if (this.#problems.delete(slot)) this.#changed();
  }

  #replaceAll(downloads: readonly PublicDownload[]): void {
    this.#synced = true;
    const listed = new Set(downloads.map((download) => download.id));
    this.#end = endOfSnapshot(downloads) ?? Number.NEGATIVE_INFINITY;
    const now = this.#timing.now();
    for (const view of [...this.#bySlot.values()]) {
      const isNews = now - (this.#fresh.get(view.id) ?? Number.NEGATIVE_INFINITY) < NEWS_MS;
      if (!listed.has(view.id) && !isNews && !this.#isOlder(view)) this.#drop(view);
    }
    for (const view of this.#earlier.values())
      if (!listed.has(view.id) && !this.#isOlder(view)) this.#earlier.delete(view.id);
    for (const download of downloads) this.#put(download);
  }

  #replaceOlder(downloads: readonly PublicDownload[]): void {
    const listed = new Set(downloads.map((download) => download.id));
    for (const view of this.#bySlot.values()) {
      if (this.#isOlder(view) && !listed.has(view.id)) this.#drop(view);
    }
    for (const view of this.#earlier.values())
      if (this.#isOlder(view) && !listed.has(view.id)) this.#earlier.delete(view.id);
    for (const download of downloads) this.#put(download);
  }

  /** True if the last snapshot says nothing about it. */
  #isOlder(view: DownloadView): boolean {
    return !isUnfinished(view) && askedAt(view) < this.#end;
  }

  #put(incoming: PublicDownload): void {
    if (this.#removed.has(incoming.id)) return;
    const current = this.#bySlot.get(incoming.slot);
    const same = current?.id === incoming.id ? current : undefined;
    if (current && !same) {
      if (askedAt(incoming) < askedAt(current)) {
        this.#putEarlier(incoming);
        return;
      }
      this.#drop(current);
      if (!isUnfinished(current)) this.#earlier.set(current.id, current);
    }
    this.#earlier.delete(incoming.id);
    const view = advanceView(same, incoming);
    view.fetched = this.#memories.fetched.get(view.id) !== undefined;
    view.timeLeft = this.#timeLeft(view);
    this.#bySlot.set(incoming.slot, view);
    if (view.notice && view.notice !== same?.notice) this.#clearNoticeLater(view.id, view.epoch);
    this.#problems.delete(incoming.slot);
  }

  #putEarlier(incoming: PublicDownload): void {
    if (isUnfinished(incoming)) return;
    const view = advanceView(this.#earlier.get(incoming.id), incoming);
    view.fetched = this.#memories.fetched.get(view.id) !== undefined;
    this.#earlier.set(view.id, view);
  }

  #timeLeft(view: DownloadView): DownloadView["timeLeft"] {
    if (!isUnfinished(view)) return null;
    // While queued, the estimate comes from the whole cluster and is stable anyway.
    if (view.state === "pending") return view.etaMs === null ? null : rangeAround(view.etaMs);
    const estimate = this.#estimates.get(view.id) ?? new TimeLeft();
    this.#estimates.set(view.id, estimate);
    return estimate.sample(view.etaMs, this.#timing.now());
  }

  #clearNoticeLater(id: string, epoch: number): void {
    this.#timing.after(NOTICE_MS, () => {
      for (const [slot, view] of this.#bySlot) {
        if (view.id !== id || view.epoch !== epoch || !view.notice) continue;
        this.#bySlot.set(slot, { ...view, notice: null });
        this.#changed();
      }
    });
  }

  /** Gone for good: ids are never used twice, so a late message about it can be ignored for ever. */
  #forget(id: string): void {
    this.#removed.add(id);
    this.#earlier.delete(id);
    for (const view of [...this.#bySlot.values()]) if (view.id === id) this.#drop(view);
  }

  #drop(view: DownloadView): void {
    this.#bySlot.delete(view.slot);
    this.#estimates.delete(view.id);
    this.#fresh.delete(view.id);
  }

  #changed(): void {
    for (const callback of [...this.#subscribers]) {
      try {
        callback();
      } catch (error) {
        // A failing subscriber must not keep the others from being notified.
        console.error("carryout: a subscriber failed", error);
      }
    }
  }
}
