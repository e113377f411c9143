/** @module The downloads of this page's user and the user's own actions, as one state. */

import { askOf } from "./ask.ts";
import type { DownloadView } from "./download-view.ts";
import { DownloadViews } from "./download-views.ts";
import type { DownloadsApi, StartOutcome, StartRequest } from "./downloads-api.ts";
import { type DownloadsState, nextState, type SlotState, slotOf, UNKNOWN } from "./downloads-state.ts";
import type { StreamStatus } from "./event-stream.ts";
import type { Problem } from "./problem.ts";
import { isUnfinished, type PublicDownload } from "./public-download.ts";
import { ShownConnection } from "./shown-connection.ts";
import type { StreamMessage } from "./stream-message.ts";
import type { TabMemory } from "./tab-memory.ts";
import { browserTiming, type Timing } from "./timing.ts";

/** Survives page loads: for each id, whether its file was fetched here, and what was requested. */
export interface StoreMemories {
  fetched: TabMemory;
  asked: TabMemory;
}

export type StoreApi = Pick<DownloadsApi, "start" | "retry" | "remove" | "list">;

/** A request on its way to the server. */
interface Sent {
  shown: { kind: string };
  ask: string | undefined;
  outcome: Promise<StartOutcome>;
}

/** How many downloads a page of the list has, and how many are shown at most. */
const PAGE = 100;
const MOST = 500;
/** The server comments every 15 s when idle and every 2 s while something is unfinished. */
const IDLE_SILENCE_MS = 20_000;
const BUSY_SILENCE_MS = 5_000;

/**
 * Tells its subscribers after every change. Whatever order answers, snapshots and changes arrive in, the shown percent
 * of a download never falls and a removed download never comes back.
 */
export class DownloadStore {
  readonly #api: StoreApi;
  readonly #asked: TabMemory;
  readonly #views: DownloadViews;
  readonly #starting = new Map<string, Sent>();
  readonly #problems = new Map<string, Problem>();
  readonly #subscribers = new Set<() => void>();
  readonly #connection: ShownConnection;
  #state: DownloadsState = UNKNOWN;
  #synced = false;
  #loaded = false;
  #viewer: string | null | undefined;
  /** How many downloads of the list this page wants to know. */
  #wanted = PAGE;

  /** `base` is where the API is: files of another origin get whole URLs. */
  constructor(
    api: StoreApi,
    timing: Timing = browserTiming,
    memories: StoreMemories = { fetched: new Map(), asked: new Map() },
    base = "",
  ) {
    this.#api = api;
    this.#asked = memories.asked;
    this.#views = new DownloadViews({
      base,
      timing,
      fetched: memories.fetched,
      onNews: (slot) => this.#problems.delete(slot),
      onChange: () => this.#changed(),
    });
    this.#connection = new ShownConnection(timing, () => this.#changed());
  }

  /** All of it. The same object, and the same members, while nothing changes. */
  get state(): DownloadsState {
    return this.#state;
  }

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
    this.#views.clear();
    this.#starting.clear();
    this.#problems.clear();
    this.#loaded = false;
    this.#changed();
  }

  /** Calls back after every change until unsubscribed. */
  subscribe(callback: () => void): () => void {
    // A function of its own: subscribing the same callback twice makes two subscriptions.
    const subscriber = () => callback();
    this.#subscribers.add(subscriber);
    return () => this.#subscribers.delete(subscriber);
  }

  /** The newest of each slot; newest request first. */
  get downloads(): readonly DownloadView[] {
    return this.#state.downloads.filter((view) => this.slot(view.slot).download === view);
  }

  get connection(): StreamStatus {
    return this.#connection.status;
  }

  slot(slot: string): SlotState {
    return slotOf(this.#state, slot);
  }

  /** True while something is requested or unfinished. */
  isBusy(): boolean {
    return this.#starting.size > 0 || this.#state.downloads.some(isUnfinished);
  }

  /** How long the event stream may be silent now. */
  silenceMs(): number {
    return this.isBusy() ? BUSY_SILENCE_MS : IDLE_SILENCE_MS;
  }

  /** Adopts what the server rendered into the page, unless the stream has already delivered something. */
  seed(downloads: readonly PublicDownload[]): void {
    if (this.#synced) return;
    this.#loaded = true;
    this.#views.seed(downloads);
    this.#changed();
  }

  apply(message: StreamMessage): void {
    if (message.type === "download") this.#views.put(message.download);
    else if (message.type === "removed") this.#views.forget(message.id);
    else if (message.type === "older") this.#views.replaceOlder(message.downloads, message.hasMore);
    else {
      this.#synced = true;
      this.#loaded = true;
      this.#views.replaceAll(message.downloads, message.hasMore);
    }
    this.#changed();
    const goesOn = (message.type === "snapshot" || message.type === "older") && message.hasMore === true;
    if (goesOn && this.#wanted > PAGE) void this.#listWanted();
  }

  /** Adds the next page of finished downloads. */
  async more(): Promise<Problem | null> {
    this.#wanted = Math.min(MOST, this.#wanted + PAGE);
    return this.#listWanted();
  }

  /** Asks for all pages up to the last one at once, so that nothing that was removed meanwhile is left over. */
  async #listWanted(): Promise<Problem | null> {
    const answer = await this.#api.list({ limit: this.#wanted });
    if ("problem" in answer) return answer.problem;
    const { value, viewer } = answer;
    if (viewer.tag !== this.#viewer) return null;
    this.#views.replaceOlder(value.downloads, value.next !== null && this.#wanted < MOST);
    this.#changed();
    return null;
  }

  setConnection(status: StreamStatus): void {
    this.#connection.set(status);
  }

  /**
   * Requests a file. Without a `key`, an equal request of this slot that is on its way or running counts as this one:
   * a double click is one request.
   */
  async start(request: StartRequest, key?: string): Promise<StartOutcome> {
    const { slot } = request;
    const ask = askOf(request);
    if (key === undefined) {
      const sent = this.#starting.get(slot);
      if (sent?.ask === ask) return sent.outcome;
      const download = this.#views.newest(slot);
      if (download && isUnfinished(download) && this.isAnswerTo(download.id, request)) {
        return { type: "accepted", download };
      }
    }
    return this.#ask(request, ask, () => this.#api.start(request, key));
  }

  #ask(
    { slot, kind }: Pick<StartRequest, "slot" | "kind">,
    ask: string | undefined,
    send: () => Promise<StartOutcome>,
  ): Promise<StartOutcome> {
    const outcome = send().then((answer) => {
      if (this.#starting.get(slot) === sent) this.#starting.delete(slot);
      this.#answered(slot, ask, answer);
      return answer;
    });
    const sent: Sent = { shown: { kind }, ask, outcome };
    this.#starting.set(slot, sent);
    this.#problems.delete(slot);
    this.#changed();
    return outcome;
  }

  #answered(slot: string, ask: string | undefined, outcome: StartOutcome): void {
    if (outcome.type === "refused") this.#problems.set(slot, outcome.problem);
    else {
      if (outcome.type === "accepted" && ask !== undefined) this.#asked.set(outcome.download.id, ask);
      this.#views.add(outcome.download);
    }
    this.#changed();
  }

  /**
   * Cancels a running download or dismisses a finished one. It disappears at once, and comes back if that fails: the
   * answer says why.
   */
  async remove(id: string): Promise<Problem | null> {
    const view = this.#views.get(id);
    this.#views.forget(id);
    this.#changed();
    const problem = await this.#api.remove(id);
    if (!problem) return null;
    this.#views.restore(id, view);
    if (view) this.#problems.set(view.slot, problem);
    this.#changed();
    return problem;
  }

  /** Has the server repeat the failed request, which only the server knows. */
  async retry(id: string): Promise<StartOutcome> {
    const failed = this.#views.get(id);
    if (!failed) return this.#api.retry(id);
    const sent = this.#starting.get(failed.slot);
    return sent?.outcome ?? this.#ask(failed, this.#asked.get(id), () => this.#api.retry(id));
  }

  /** Whether this is the requested download; null when unknown because it was requested elsewhere. */
  isAnswerTo(id: string, request: Pick<StartRequest, "kind" | "params">): boolean | null {
    const ask = this.#asked.get(id);
    return ask === undefined ? null : ask === askOf(request);
  }

  /** The user followed the link of a ready file. */
  markFetched(id: string): void {
    this.#views.markFetched(id);
    this.#changed();
  }

  dismissProblem(slot: string): void {
    if (this.#problems.delete(slot)) this.#changed();
  }

  #changed(): void {
    const state = nextState(this.#state, {
      views: this.#views.all(),
      starting: this.#starting,
      problems: this.#problems,
      connection: this.#connection.status,
      loaded: this.#loaded,
      hasMore: this.#views.hasMore,
      viewer: this.#viewer,
    });
    if (state === this.#state) return;
    this.#state = state;
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
